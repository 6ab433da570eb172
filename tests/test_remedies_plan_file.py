"""Every plan can be kept as a file: read back as it was, naming only objects that can be written, hiding nothing."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.kube.objects import RecordedObjects
from diagnostics.kube.recorded import demo_names, demo_objects_of, read_demo
from diagnostics.kube.resources import object_path
from diagnostics.model.case import Case, Cluster
from diagnostics.model.write import Verb, Write, merged
from diagnostics.remedies.acting.leaves import difference, holds, own, shown, value_at, wanted_leaves
from diagnostics.remedies.acting.managers import who_changed
from diagnostics.remedies.acting.proving import step_stands
from diagnostics.remedies.acting.standing import Standing
from diagnostics.remedies.files.filing import deeds, filed
from diagnostics.remedies.files.plan_file import PlanFile, PlanFileError, Progress, Saved, decode_plan
from diagnostics.remedies.files.plan_text import plan_document
from diagnostics.remedies.offered.catalogue import REMEDIES
from diagnostics.remedies.plan.plan import Plan, Question

ALLOWED = ("203.0.113.0/24", "2001:db8::/32")


def plans(demo: str) -> Iterator[tuple[Case, Plan]]:
    snapshot = read_demo(demo)
    cluster = Cluster(snapshot)
    for key in snapshot.service_by_key:
        case = Case.of(snapshot, key, cluster)
        for remedy in REMEDIES:
            plan = remedy.make(case, Question(allow=ALLOWED))
            if plan.steps:
                yield case, plan


def file_of(case: Case, plan: Plan) -> PlanFile:
    document = filed(plan_document(plan), plan, case.snapshot, "1.0")
    return decode_plan(json.dumps(document).encode())


@pytest.mark.parametrize("demo", demo_names())
def test_every_plan_is_read_back_and_writes_only_what_is_known(demo: str) -> None:
    eye = RecordedObjects(demo_objects_of(demo), complete=True)
    for case, plan in plans(demo):
        file = file_of(case, plan)
        assert [step.title for step in file.plan.steps] == [step.title for step in plan.steps]
        for step, told in zip(plan.steps, file.plan.steps, strict=True):
            assert tuple(item.change for item in told.writes) == deeds(step)
            for item in told.writes:
                assert object_path(item.api_version, item.kind, item.namespace, item.name)
        assert file_of(case, plan).encoded() == file.encoded()
        assert decode_plan(file.encoded()).plan == file.plan
        stands = step_stands(eye, file)
        changing = [stand for stand in stands if file.step(stand.number).writes]
        drifted = [stand for stand in stands if stand.standing is Standing.DRIFTED]
        assert not drifted, (plan.remedy, plan.service, drifted)
        if plan.applicable and any(item.kind != "Traceflow" for s in changing for item in file.step(s.number).writes):
            assert any(stand.standing is Standing.OPEN for stand in changing), (plan.remedy, plan.service)


def test_progress_is_kept_and_unknown_fields_stay() -> None:
    case, plan = next(plans("seed"))
    document = {**filed(plan_document(plan), plan, case.snapshot, "1.0"), "ticket": "OPS-1"}
    file = decode_plan(json.dumps(document).encode())
    progress = Progress(state="done", at="2026-01-01T00:00:00Z", saved=(Saved(write=0, state="done", before={"a": 1}),))
    again = decode_plan(file.with_progress(1, progress).encoded())
    assert again.step(1).progress == progress
    assert again.document["ticket"] == "OPS-1"
    assert file.step(1).progress is None


def test_a_file_with_hidden_characters_is_refused() -> None:
    case, plan = next(plans("seed"))
    document = {**filed(plan_document(plan), plan, case.snapshot, "1.0"), "service": "shop/\u202eweb"}
    with pytest.raises(PlanFileError, match="control or invisible characters"):
        decode_plan(json.dumps(document).encode())


_values = st.recursive(
    st.integers() | st.text("ab", max_size=3) | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    max_leaves=8,
)
_objects = st.dictionaries(st.sampled_from(["data", "spec", "other"]), _values, max_size=3)


@given(_objects, _objects)
def test_the_difference_of_two_objects_leads_from_the_one_to_the_other(
    before: dict[str, object], after: dict[str, object]
) -> None:
    patch = difference(before, after)
    made = merged(before, patch)
    assert _without_empty(made) == _without_empty(after)
    if _without_empty(before) == _without_empty(after):
        assert all(leaf.value in (None, {}) or holds(after, leaf) for leaf in wanted_leaves(patch))


def _without_empty(item: object) -> object:
    """Maps that many write into may be left empty instead of being taken away."""
    if not isinstance(item, dict):
        return item
    return {key: _without_empty(value) for key, value in item.items() if value != {}}


def test_annotations_of_others_stay_when_the_only_one_of_ours_goes() -> None:
    before = {"metadata": {"name": "web"}}
    after = {"metadata": {"name": "web", "annotations": {"ours": "1"}}}
    assert difference(after, before) == {"metadata": {"annotations": {"ours": None}}}


def test_noise_of_the_server_is_no_difference() -> None:
    one = {"metadata": {"name": "a", "resourceVersion": "1", "managedFields": [1]}, "status": {"x": 1}}
    two = {"metadata": {"name": "a", "resourceVersion": "2"}}
    assert own(one) == own(two)


def test_who_changed_a_value_is_told_by_managed_fields_and_never_by_the_status() -> None:
    def entry(manager: str, at: str, fields: dict[str, object], **more: str) -> dict[str, object]:
        return {"manager": manager, "time": at, "fieldsV1": fields, **more}

    annotation: dict[str, object] = {"f:metadata": {"f:annotations": {"f:a/b": {}}}}
    item = {
        "metadata": {
            "annotations": {"a/b": "1"},
            "managedFields": [
                entry("antrea-doctor", "2026-01-04T00:00:00Z", {}),
                entry("helm", "2026-01-01T00:00:00Z", annotation),
                entry("kubectl-edit", "2026-01-02T00:00:00Z", {"f:spec": {}}),
                entry("kubelet", "2026-01-09T00:00:00Z", annotation, subresource="status"),
            ],
        }
    }
    assert who_changed(item) == "kubectl-edit at 2026-01-02T00:00:00Z"
    assert who_changed(item, ("metadata", "annotations", "a/b")) == "helm at 2026-01-01T00:00:00Z"
    assert who_changed({"metadata": {}}) == "somebody unknown"
    assert value_at(item, ("metadata", "annotations", "a/b")) == "1"
    assert shown(("metadata", "annotations", "a/b")) == "metadata.annotations[a/b]"


def test_a_deletion_is_written_without_a_body() -> None:
    gone = Write(Verb.DELETE, "apps/v1", "DaemonSet", "kube-proxy", "kube-system")
    assert object_path(gone.api_version, gone.kind, gone.namespace, gone.name).endswith("/daemonsets/kube-proxy")
