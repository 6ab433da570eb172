"""The base of all decoded facts, object metadata and label selectors."""

from msgspec import Struct, field


class Fact(Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A frozen piece of a Kubernetes object: only the fields that the engine reads, named as in the API.

    Facts are trees, so the garbage collector need not know them: it would cost half the reading of a large cluster.
    """


class Meta(Fact, frozen=True):
    """`metadata` of any object."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """`namespace/name`, or the name alone for a cluster-scoped object."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class FieldManager(Fact, frozen=True):
    """One entry of `managedFields`: who wrote fields of the object, without which ones."""

    manager: str = ""
    operation: str = ""


class OwnerReference(Fact, frozen=True):
    """One entry of `ownerReferences`."""

    kind: str = ""
    name: str = ""


class OwnedMeta(Meta, frozen=True):
    """`metadata` of kinds that a plan may change and of which there are few, with those who write them.

    Services do without: for ten thousand of them it would cost a third more memory.
    """

    managed_fields: list[FieldManager] = field(default_factory=list)
    owner_references: list[OwnerReference] = field(default_factory=list)


class LabelRequirement(Fact, frozen=True):
    """One entry of `matchExpressions`."""

    key: str = ""
    operator: str = ""
    values: list[str] = field(default_factory=list)

    def matches(self, labels: dict[str, str]) -> bool:
        """Kubernetes semantics; `NotIn` and `DoesNotExist` hold for an absent key."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels
        return False


class LabelSelector(Fact, frozen=True):
    """`metav1.LabelSelector`; the empty selector matches everything."""

    match_labels: dict[str, str] = field(default_factory=dict)
    match_expressions: list[LabelRequirement] = field(default_factory=list)

    def matches(self, labels: dict[str, str]) -> bool:
        """Whether an object with these labels is selected."""
        return all(labels.get(key) == value for key, value in self.match_labels.items()) and all(
            requirement.matches(labels) for requirement in self.match_expressions
        )
