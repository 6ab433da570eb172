"""Users with few rights see what theirs show, which rights are missing, and nothing unknown as if it had passed."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from textual.pilot import Pilot

from bed.control_plane import ControlPlane
from bed.users import User, Users
from diagnostics.checks.catalogue import check_by
from diagnostics.kube.kinds import CRD_GROUP, KINDS
from diagnostics.model.snapshot import Source
from driving import drive, frame, press, words
from headless import doctor
from seeded import SeededBed, app_on, seeded_bed
from tui.app import DoctorApp

pytestmark = pytest.mark.bed

TALL = (120, 80)
OF_ANTREA = frozenset(source for source, kind in KINDS.items() if kind.group == CRD_GROUP)


@dataclass(frozen=True)
class Poor:
    """A user: what the list says in place of what is missing, and which sources are."""

    user: User
    services: int
    note: str
    right: str
    verdict: str
    unread: frozenset[Source]


@pytest.fixture(scope="module")
def loaded(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeededBed]:
    with seeded_bed(control_plane, tmp_path_factory.mktemp("rights")) as bed:
        yield bed


def namespace_only(users: Users) -> Poor:
    cluster_wide = {Source.NODES, Source.DAEMON_SETS, Source.AGENT_INFOS, Source.CONFIG_MAPS, Source.NAMESPACES}
    return Poor(
        users.namespace_only("shop"),
        5,
        "Only namespace shop could be read. Not read: nodes, daemonsets, antreaagentinfos and 2 more. i shows why.",
        'The right "list services" in the whole cluster is missing',
        "cannot tell",
        frozenset(cluster_wide | {Source.CLUSTER_POLICIES, Source.TIERS, Source.CLUSTER_GROUPS}),
    )


def without_antrea(users: Users) -> Poor:
    right = 'The right "list antreaagentinfos.crd.antrea.io" is missing'
    return Poor(users.without_antrea(), 12, "Not read: antreaagentinfos. i shows why.", right, "never", OF_ANTREA)


def without_config_maps(users: Users) -> Poor:
    right = 'kube-system/antrea-config: The right "get configmaps" in namespace kube-system is missing'
    note = "Not read: configmaps. i shows why."
    return Poor(users.without_config_maps(), 12, note, right, "cannot tell", frozenset({Source.CONFIG_MAPS}))


def without_nodes(users: Users) -> Poor:
    right, note = 'The right "list nodes" is missing', "Not read: nodes. i shows why."
    return Poor(users.without_nodes(), 12, note, right, "cannot tell", frozenset({Source.NODES}))


@pytest.mark.parametrize("make", [namespace_only, without_antrea, without_config_maps, without_nodes])
def test_the_app_is_of_use_to_who_lacks_rights_and_names_them(loaded: SeededBed, make: Callable[[Users], Poor]) -> None:
    poor = make(loaded.users)

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        text = words(app)
        assert f"Services ({poor.services})" in text
        assert poor.note in text
        row = next(line for line in frame(app).splitlines() if "shop/web " in line)
        assert poor.verdict in row
        assert "No connection arrives" not in row
        await press(pilot, ["i"])
        assert poor.right in words(app)
        assert "`antrea-doctor rbac` prints what is needed" in words(app)

    drive(app_on(poor.user.kubeconfig), scene, TALL)


@pytest.mark.parametrize("make", [namespace_only, without_antrea, without_config_maps, without_nodes])
def test_no_check_passes_without_what_it_needs(loaded: SeededBed, make: Callable[[Users], Poor]) -> None:
    poor = make(loaded.users)

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        await press(pilot, ["2"])
        text = frame(app)
        assert "Could not be told (" in text
        for code in re.findall(r"passed +(AD\d{3})", text):
            check = check_by(code)
            assert check is not None
            assert not poor.unread & set(check.needs), code
        await press(pilot, ["3"])
        for _ in range(2):
            await press(pilot, ["enter", "escape", "escape"] if "asks first" in frame(app) else ["enter", "escape"])
            await press(pilot, ["3", "down"])

    drive(app_on(poor.user.kubeconfig, service="shop/web"), scene, TALL)


def test_without_any_right_the_screen_says_what_is_missing_and_what_to_do(loaded: SeededBed) -> None:
    nobody = loaded.users.with_rules([])

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        text = words(app)
        assert "The Services could not be read." in text
        assert 'The right "list services" in the whole cluster is missing' in text
        assert "name it: antrea-doctor -n NAMESPACE" in text
        assert "x chooses another context or the demo" in text
        assert "No Services here" not in text
        await press(pilot, ["i"])
        assert "Cannot tell whether Antrea runs." in words(app)

    drive(app_on(nobody.kubeconfig), scene)


def test_a_namespace_without_rights_in_it_is_named(loaded: SeededBed) -> None:
    request = app_on(loaded.users.namespace_only("shop").kubeconfig, namespace="legacy")

    async def scene(app: DoctorApp, pilot: Pilot[int]) -> None:
        text = words(app)
        assert "The Services could not be read." in text
        assert "services in namespace legacy: forbidden." in text
        assert "shop/web" not in text

    drive(request, scene)


def test_headless_commands_say_which_right_is_missing_and_end_as_incomplete(loaded: SeededBed) -> None:
    kubeconfig = loaded.users.without_nodes().kubeconfig
    ran = doctor(f"check shop/web --fail-on never --kubeconfig {kubeconfig}")
    assert ran.code == 4
    assert 'The right "list nodes" is missing' in ran.err
