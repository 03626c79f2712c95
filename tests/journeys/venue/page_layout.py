"""What is odd about a page as it is laid out: cut, too wide, too small, without a name."""

from __future__ import annotations

from playwright.async_api import Page, expect

SMALLEST_PX = 44
"""Of a target, CSS pixels. Source: WCAG 2.2, 2.5.5."""

WIDE_THINGS = """() => {
  const width = document.documentElement.clientWidth;
  return [...document.querySelectorAll("body *")]
    .filter((node) => node.checkVisibility() && !node.closest(".unseen, .skip, svg"))
    .filter((node) => {
      const box = node.getBoundingClientRect();
      return box.width && (box.right > width + 1 || box.left < -1);
    })
    .map((node) => `${node.tagName}.${node.className} ${node.textContent.slice(0, 40)}`);
}"""
"""Returns what reaches beyond the window."""

CUT_THINGS = """() => [...document.querySelectorAll(".btn, .face, .tile, .tab, .pill, h1, h2")]
  .filter((node) => node.checkVisibility() && !node.closest(".unseen"))
  .filter((node) => node.scrollWidth > node.clientWidth + 1)
  .map((node) => `${node.className} ${node.textContent}`)"""
"""Returns what does not fit into its own box."""

SMALL_THINGS = """(smallest) =>
  [...document.querySelectorAll("button, a, select, input, textarea, summary")]
  .filter((node) => node.checkVisibility() && !node.closest(".skip"))
  .map((node) => [node, (node.closest("label, .find") ?? node).getBoundingClientRect()])
  .filter(([, box]) => box.width < smallest || box.height < smallest)
  .map(([node, box]) => `${node.outerHTML.slice(0, 80)} ${box.width} x ${box.height}`)"""
"""Returns what fingers miss."""

NAMELESS_THINGS = """() => [...document.querySelectorAll("button, a, select, input, textarea")]
  .filter((node) => node.checkVisibility())
  .filter((node) => !(node.textContent.trim() || node.ariaLabel || node.labels?.length))
  .map((node) => node.outerHTML.slice(0, 80))"""
"""Returns what a screen reader has no name for."""


async def odd_things(page: Page) -> set[str]:
    """Return what is cut, too small, without a name, or out of the window."""
    return {
        *await page.evaluate(WIDE_THINGS),
        *await page.evaluate(CUT_THINGS),
        *await page.evaluate(SMALL_THINGS, SMALLEST_PX),
        *await page.evaluate(NAMELESS_THINGS),
    }


async def speaks(page: Page, language: str) -> None:
    """Switch the language."""
    await page.locator(".who select").select_option(language)
    await expect(page.locator("html")).to_have_attribute("lang", language)
