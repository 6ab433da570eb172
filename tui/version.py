"""Which release of antrea-doctor this is."""

from importlib.metadata import PackageNotFoundError, version


def release() -> str:
    """The installed release; `unknown` when it runs from a folder that was never installed."""
    try:
        return version("antrea-doctor")
    except PackageNotFoundError:
        return "unknown"
