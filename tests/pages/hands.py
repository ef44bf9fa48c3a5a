"""Two ways to act on a page: with the mouse, and with the keyboard alone."""

MOST_STOPS = 400  # presses of Tab
MATCHES_FOCUS = "selector => document.activeElement?.matches(selector) ?? false"


class Mouse:
    """Clicks, and types into what it has clicked."""

    def __init__(self, page):
        self.page = page

    def press(self, selector):
        self.page.locator(selector).first.click()

    def check(self, selector):
        self.press(selector)

    def write(self, selector, text):
        self.page.locator(selector).click(click_count=3)  # selects what the field holds
        self.page.keyboard.type(text)

    def choose(self, selector, value):
        self.page.select_option(selector, value)

    def slide(self, selector):
        """Move a slider to its upper tenth, where no threshold of a model is."""
        slider = self.page.locator(selector).first
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        self.page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)


class Keyboard:
    """Reaches everything by Tab."""

    def __init__(self, page):
        self.page = page

    def _reach(self, selector):
        enabled = self.page.locator(":not(:disabled)")
        self.page.locator(selector).and_(enabled).first.wait_for()
        for _ in range(MOST_STOPS):
            if self.page.evaluate(MATCHES_FOCUS, selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{MOST_STOPS} presses of Tab do not reach {selector}")

    def press(self, selector):
        self._reach(selector)
        self.page.keyboard.press("Enter")

    def check(self, selector):
        """Choose a radio button: Tab reaches its group, the arrow keys reach the others."""
        name = self.page.get_attribute(selector, "name")
        self._reach(f"[name={name}]")
        self.page.keyboard.press("Space")
        for _ in range(self.page.locator(f"[name={name}]").count()):
            if self.page.is_checked(selector):
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrow keys do not reach {selector}")

    def write(self, selector, text):
        self._reach(selector)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, selector, value):
        self._reach(selector)
        self.page.keyboard.press("Home")
        for _ in range(self.page.locator(f"{selector} option").count()):
            if self.page.input_value(selector) == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrow keys do not reach {value} in {selector}")

    def slide(self, selector):
        self._reach(selector)
        for _ in range(3):
            self.page.keyboard.press("PageUp")


HANDS = {"mouse": Mouse, "keyboard": Keyboard}
