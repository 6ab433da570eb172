"""Which release of antrea-doctor this is."""


def release() -> str:
    """The installed release; `unknown` when it runs from a folder that was never installed."""
    from importlib.metadata import PackageNotFoundError, version  # slow, and seldom asked for

    try:
        return version("antrea-doctor")
    except PackageNotFoundError:
        return "unknown"
