"""Our themes: dark and light, each also for eyes that tell red from green badly. Their contrast is tested.

Textual's own themes can be chosen too; their blue cursor and, on light ground, their amber and green are below the
contrast of 4.5 that WCAG asks for text.
"""

from textual.theme import Theme

DEFAULT = "dark"


def _theme(name: str, dark: bool, ok: str, snat: str, bad: str, accent: str) -> Theme:
    return Theme(
        name=name,
        dark=dark,
        primary="#3d9be9" if dark else "#004578",
        secondary="#004578" if dark else "#0178d4",
        accent=accent,
        warning=snat,
        error=bad,
        success=ok,
        foreground="#e0e0e0" if dark else "#1a1a1a",
        background="#121212" if dark else "#f4f4f4",
        surface="#1e1e1e" if dark else "#e8e8e8",
        panel="#242f38" if dark else "#dcdfe3",
        variables={
            "text-success": ok,
            "text-warning": snat,
            "text-error": bad,
            "text-accent": accent,
            "text-muted": "#a6a6a6" if dark else "#505050",
            "text-disabled": "#919ba3" if dark else "#5c5f63",
            "block-cursor-background": "#00508a" if dark else "#004578",
            "block-cursor-foreground": "#ffffff",
            "block-cursor-blurred-background": "#2f3b45" if dark else "#d0d4d9",
            "footer-key-foreground": accent,
        },
    )


THEMES = (
    _theme("dark", True, ok="#6fcf8d", snat="#ffb454", bad="#ff8a8a", accent="#ffc473"),
    _theme("light", False, ok="#0c5c2e", snat="#7a4100", bad="#a3123a", accent="#6b3f00"),
    _theme("colour-blind-dark", True, ok="#56b4e9", snat="#f0e442", bad="#ff8c5a", accent="#f0e442"),
    _theme("colour-blind-light", False, ok="#0a4fc6", snat="#6d5605", bad="#a42266", accent="#6d5605"),
)
