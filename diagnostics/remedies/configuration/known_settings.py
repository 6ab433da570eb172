"""Which release of Antrea knows which key of its configuration: none is written that a release does not know.

An unknown key stops agents before v2.0, an unknown feature gate stops them in every release
(antrea:cmd/antrea-agent/options.go, antrea:pkg/util/yaml). The first releases are those whose shipped ConfigMap has
the key (antrea:build/yamls/antrea.yml at the tags).
"""

import re
from collections.abc import Iterable

from packaging.version import Version

from diagnostics.model.antrea import Antrea
from diagnostics.remedies.configuration.agent_conf import ConfEditError, Setting

_ALWAYS = Version("0")
KNOWN_SINCE: dict[str, Version] = {
    "kubeAPIServerOverride": _ALWAYS,
    "antreaProxy.proxyAll": Version("1.4"),
    "antreaProxy.nodePortAddresses": Version("1.4"),
    "antreaProxy.skipServices": Version("1.4"),
    "antreaProxy.proxyLoadBalancerIPs": Version("1.5"),
    "antreaProxy.serviceProxyName": Version("1.13"),
    "antreaProxy.defaultLoadBalancerMode": Version("1.13"),
    "featureGates.LoadBalancerModeDSR": Version("1.13"),
    "antreaProxy.enable": Version("1.14"),
    "antreaProxy.disableServiceHealthCheckServer": Version("2.3"),
    "antreaProxy.serviceHealthCheckServerBindAddress": Version("2.5"),
    "featureGates.NFTablesHostNetworkMode": Version("2.5"),
    "hostNetworkMode": Version("2.5"),
}
CONTROLLER_KNOWN_SINCE: dict[str, Version] = {"kubeAPIServerOverride": Version("1.13")}


def refuse_unknown(
    antrea: Antrea, text: str, settings: Iterable[Setting], known: dict[str, Version] = KNOWN_SINCE
) -> None:
    """Raises ConfEditError for a setting that the oldest agent does not know, or that nothing shows it to know.

    Without a known release the `text` of the configuration tells: it names each key that it may hold, if only in a
    comment.
    """
    for setting in settings:
        since = known.get(setting.name)
        if since is None:
            raise ConfEditError(f"No release of Antrea is known to have the key {setting.name}, so it is not written.")
        if antrea.version is None and since > _ALWAYS and not _names(text, setting):
            raise ConfEditError(
                f"{setting.name} exists since Antrea {since}, and which release runs is not known. Agents refuse what "
                "they do not know: get the right to read AntreaAgentInfo, then plan again."
            )
        if antrea.version is not None and antrea.version < since:
            raise ConfEditError(
                f"{setting.name} exists since Antrea {since}, but the oldest agent is {antrea.version}, and agents "
                "refuse what they do not know. Upgrade Antrea first."
            )


def _names(text: str, setting: Setting) -> bool:
    return bool(re.search(rf"(?m)^[ \t#]*{re.escape(setting.key)}:", text))
