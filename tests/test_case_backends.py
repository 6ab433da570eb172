"""The quick count of usable endpoints is the number of usable endpoints, whatever the slices hold."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from clusters import cluster
from deployed import outside, pod, service, with_services
from diagnostics.model.case import Case
from diagnostics.model.service import ServicePort

PLACES = st.builds(
    pod,
    st.integers(1, 3),
    st.integers(1, 3),
    ready=st.booleans(),
    terminating=st.booleans(),
)


@given(st.lists(PLACES | st.just(outside()), max_size=5), st.integers(1, 2), st.sampled_from([(4,), (6,), (4, 6)]))
def test_the_count_is_that_of_all_backends(places: list, slices: int, families: tuple[int, ...]) -> None:  # type: ignore[type-arg]
    ports = [ServicePort(name=name, port=number, target_port=8080) for name, number in (("http", 80), ("alt", 81))]
    made = service(places, ports=ports, families=families)
    if slices == 2:  # the same endpoints again, as while the controller moves them
        twin = msgspec.structs.replace(
            made.slices[0], metadata=msgspec.structs.replace(made.slices[0].metadata, name="b")
        )
        made = type(made)(made.service, (*made.slices, twin), made.pods)
    case = Case.of(with_services(cluster(3), made), made.service.metadata.key)
    assert case.backend_count == len(case.all_backends)
