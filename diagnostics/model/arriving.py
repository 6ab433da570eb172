"""How packets of clients outside reach the Nodes. Imports nothing: the command line knows these words."""

from enum import StrEnum


class Arrives(StrEnum):
    """With which destination packets of clients outside reach the Nodes, as far as a load balancer decides it."""

    LB_IP = "lb-ip"
    NODE_PORT = "node-port"
