"""Eyes and hands that need Linux's own interfaces."""
