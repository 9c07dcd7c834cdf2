#!/usr/bin/python3
"""The page of the report in HTML, in a real browser: Debian's chromium, driven by its chromium-driver and selenium.

It is opened from a file, with no request and no error; filters, links, keys and the picture do what they should; it works without
script; and logs full of markup run nothing. Without the browser the test is skipped, and says so. Where axe-core is (AXE names the
file axe.min.js), nothing serious may come of it. SHOTS names a folder for pictures of the page.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SKIPPED = 77
ROOT = Path(__file__).resolve().parents[2]
SAMPLE = [ROOT / "tests/data" / name for name in ("boot-canary.jsonl.zst", "boot-ours.jsonl.zst")]
BROWSER, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'><b>bold</b>&lt;i&gt;\x1b[31m\x00\u202e]]>-->"

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    webdriver = None


def main():
    parser = argparse.ArgumentParser(description="Try the page of the report in HTML in a browser.")
    parser.add_argument("--evdiff", required=True, help="the program under test")
    evdiff = os.path.abspath(parser.parse_args().evdiff)  # a night has a folder of its own
    if webdriver is None or not BROWSER.exists() or not DRIVER.exists():
        print("NOT TESTED: the page needs a browser; install chromium, chromium-driver and python3-selenium.")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="evdiff-browser-") as folder:
        page = report(evdiff, SAMPLE, Path(folder, "boot.html"))
        hostile = report(evdiff, hostile_logs(Path(folder)), Path(folder, "hostile.html"))
        equal = report(evdiff, [SAMPLE[0], SAMPLE[0]], Path(folder, "equal.html"))
        tried = 0
        for test, path in ((opens_quietly, page), (filters, page), (sorts, page), (follows_links, page), (goes_back, page),
                           (has_keys, page), (draws, page), (is_narrow, page), (is_accessible, page),
                           (runs_nothing, hostile), (is_quiet_when_equal, equal)):
            with Browser() as browser:
                test(browser, path)
            print(f"ok    {test.__name__}")
            tried += 1
        with Browser(has_script=False) as browser:
            works_without_script(browser, page)
        print("ok    works_without_script")
        with Browser() as browser:
            shows_a_night(browser, night(evdiff, Path(folder)))
        print("ok    shows_a_night")
    print(f"{tried + 2} tests in {BROWSER}")
    return 0


class Browser:
    """A browser of its own, which is closed at the end."""

    def __init__(self, has_script=True):
        options = Options()
        options.binary_location = str(BROWSER)
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,1400"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        if not has_script:
            options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
        self.driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
        self.has_script = has_script

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def open(self, path, fragment="", width=1280, height=1400, scheme="light", has_script=True):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}]})
        self.driver.get("about:blank")
        self.driver.get(f"file://{path}{fragment}")
        if self.has_script and has_script:
            self.wait("return document.documentElement.dataset.ready === 'yes'")

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait(self, condition):
        for _ in range(100):
            if self.run(condition):
                return
            time.sleep(0.05)
        raise AssertionError(f"not so: {condition}; {self.errors()}")

    def errors(self):
        return [entry for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def requests(self):
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"]

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def shown_families(self):
        return self.run("return [...document.querySelectorAll('table.families tbody tr')].filter(row => !row.hidden)"
                        ".map(row => row.cells[0].textContent)")

    def hash(self):
        return self.run("return location.hash")

    def shoot(self, name):
        folder = os.environ.get("SHOTS")
        if folder:
            self.driver.save_screenshot(f"{folder}/{name}.png")


def report(evdiff, logs, path):
    done = subprocess.run([evdiff, "diff", "-q", "--report", f"html={path}", *logs], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return path


def night(evdiff, folder):
    """The page of a second night: one job that differs, one that does not, one without a log."""
    job = '[[job]]\nname = "{}"\ncanary = "{}"\nours = "{}"\n'
    Path(folder, "night.toml").write_text("evdiff = 1\n" + job.format("boot", *SAMPLE) + job.format("equal", SAMPLE[0], SAMPLE[0]) +
                                          job.format("<b>lost</b>", SAMPLE[0], "lost.jsonl"), encoding="utf-8")
    for number in (1, 2):
        done = subprocess.run([evdiff, "batch", "night.toml", "--out", f"nights/{number}", "--history", "all.history", "-q",
                               "--report", "html=night.html"], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 2, done.stderr
    return folder / "night.html"


def hostile_logs(folder):
    """Two logs whose every text is an attack on the page; kinds, names, keys and values differ."""
    paths = [folder / f"{side} <b>&\"'.jsonl" for side in ("canary", "ours")]
    for path, letter in zip(paths, "co"):
        lines = [{"kind": "schema_version", "schema_version": 1},
                 {"kind": "kernel.call", "tid": 1, "tid_event_idx": 0, "payload": {"name": "First"}}]
        for number in range(1, 80):
            value = HOSTILE + (letter if number % 8 == 0 else "")
            payload = {"name": f"{HOSTILE}{number % 5}", "return_value": value, HOSTILE: {HOSTILE: [value]}}
            if number % 20 == 3 and letter == "o":
                lines.append({"kind": HOSTILE, "tid": 1, "tid_event_idx": number, "payload": payload})
            else:
                lines.append({"kind": "kernel.return", "tid": 1, "tid_event_idx": number, "payload": payload})
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return paths


def opens_quietly(browser, path):
    """One file, no request but for it, nothing on the console, in light and dark."""
    for scheme in ("light", "dark"):
        browser.open(path, scheme=scheme)
        browser.shoot(f"page-{scheme}")
    assert browser.errors() == [], browser.errors()
    urls = {url.partition("#")[0] for url in browser.requests()}
    assert urls <= {f"file://{path}", "about:blank", "data:,"}, urls
    assert browser.find("h1").text == "Diverged: 7 of 14 thread pairs"
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth")


def filters(browser, path):
    """Words, class, role and thread, each alone and all together."""
    browser.open(path)
    everything = browser.shown_families()
    assert len(everything) == 47, len(everything)
    search = browser.find("#search")
    search.send_keys("ntreadfile return")
    assert browser.shown_families() == ["71fe4af3"], browser.shown_families()
    assert browser.find("[role=status]").text == "1 of 47"
    search.clear()
    search.send_keys("no such call")
    assert browser.shown_families() == []
    for _ in range(20):
        search.send_keys(Keys.BACKSPACE)
    assert browser.shown_families() == everything
    chosen = {}
    for selector, value in (("#class", "truncated"), ("#role", "follower"), ("#thread", "148")):
        browser.run("arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('change'))",
                    browser.find(selector), value)
        chosen[selector] = browser.shown_families()
        assert 0 < len(chosen[selector]) < 47, (selector, chosen)
        browser.run("arguments[0].value = ''; arguments[0].dispatchEvent(new Event('change'))", browser.find(selector))
    assert browser.shown_families() == everything
    assert browser.errors() == []


def sorts(browser, path):
    browser.open(path)
    heads = browser.driver.find_elements(By.CSS_SELECTOR, "table.families thead th button")
    column = [head.text for head in heads].index("weight")
    for name, is_down in (("descending", True), ("ascending", False)):
        heads[column].click()
        weights = browser.run("return [...document.querySelectorAll('table.families tbody tr')].map(row => "
                              f"+row.cells[{column}].textContent.replaceAll(',', ''))")
        assert weights == sorted(weights, reverse=is_down), weights
        assert heads[column].find_element(By.XPATH, "..").get_attribute("aria-sort") == name


def follows_links(browser, path):
    """A link shows the events of both sides, what differs in them marked, and its own place."""
    browser.open(path, "#f=71fe4af3&t=84&i=295")
    detail = browser.find("#detail")
    assert detail.is_displayed() and "NtReadFile return_value" in detail.text
    marks = {side: browser.run(f"return [...document.querySelectorAll('#detail tr.inside mark.{side}')].map(mark => mark.textContent)")
             for side in ("canary", "ours")}
    assert marks == {"canary": ["259", "00000103"], "ours": ["2147483653", "80000005"]}, marks
    assert browser.run("return document.querySelector('tr.chosen').cells[0].textContent") == "71fe4af3"
    assert browser.run("return document.querySelector('#detail [aria-current]').textContent") == "84 [295]"
    assert browser.find("#reading").text.startswith("thread 84 [295]: value kernel.return NtReadFile")
    browser.shoot("detail")
    browser.driver.find_element(By.LINK_TEXT, "import.call WaitForSingleObject").click()
    browser.wait("return document.querySelector('#detail h2').textContent.includes('WaitForSingleObject')")
    assert browser.hash() == "#f=5b4b0644", browser.hash()
    assert "follows from" in browser.find("#detail").text
    second = browser.find("#detail .places li:nth-child(2) a")
    tid, idx = second.text.rstrip("]").split(" [")
    second.click()
    browser.wait("return location.hash.includes('&i=')")
    assert browser.hash() == f"#f=5b4b0644&t={tid}&i={idx}", browser.hash()
    browser.find("#detail .close").click()
    browser.wait("return document.querySelector('#detail').hidden")
    for fragment in ("#f=nonsense&t=x&i=y", "#%", "#f=71fe4af3&t=84&i=999999999999999999999"):
        browser.open(path, fragment)
    assert browser.errors() == [], browser.errors()


def goes_back(browser, path):
    browser.open(path)
    browser.driver.find_element(By.LINK_TEXT, "71fe4af3").click()
    browser.wait("return !document.querySelector('#detail').hidden")
    browser.driver.back()
    browser.wait("return document.querySelector('#detail').hidden")


def has_keys(browser, path):
    """/ to search, j and k through the families that are shown, Escape to close."""
    browser.open(path)
    press = lambda *keys: ActionChains(browser.driver).send_keys(*keys).perform()
    press("j")
    browser.wait("return location.hash.startsWith('#f=71fe4af3')")
    press("j")
    browser.wait("return location.hash.startsWith('#f=06799348')")
    press("k")
    browser.wait("return location.hash.startsWith('#f=71fe4af3')")
    press(Keys.ESCAPE)
    browser.wait("return document.querySelector('#detail').hidden")
    press("/")
    browser.wait("return document.activeElement.id === 'search'")
    press("truncated j")
    browser.wait("return document.activeElement.value === 'truncated j'")
    assert browser.errors() == []


def draws(browser, path):
    """The picture has marks, which a click and keys open; it zooms and has another axis."""
    browser.open(path)
    pixels = lambda: browser.run("const c = document.getElementById('picture'); return c.toDataURL()")
    before = pixels()
    assert len(before) > 2000
    assert browser.run("const c = document.getElementById('picture'), p = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
                       "let n = 0; for (let i = 0; i < p.length; i += 4) n += p[i] === 0xd5 && p[i + 1] === 0x5e && p[i + 2] === 0; return n") > 100
    picture = browser.find("#picture")
    browser.run("arguments[0].focus()", picture)
    ActionChains(browser.driver).send_keys("n").perform()
    browser.wait("return location.hash === '#f=71fe4af3&t=84&i=295'")
    ActionChains(browser.driver).send_keys("n").perform()
    browser.wait("return location.hash.includes('t=84') && !location.hash.includes('i=295')")
    browser.run("arguments[0].focus()", picture)
    ActionChains(browser.driver).send_keys("+", "+").perform()
    time.sleep(0.2)
    zoomed = pixels()
    assert zoomed != before
    browser.find("#zoom-all").click()
    browser.run("const s = document.getElementById('axis'); s.value = 'time'; s.dispatchEvent(new Event('change'))")
    time.sleep(0.2)
    assert pixels() not in (before, zoomed)
    browser.open(path)
    time.sleep(0.3)
    rectangle = browser.run("const r = document.getElementById('picture').getBoundingClientRect(); return [r.width, r.height]")
    x, y = browser.run("""const c = document.getElementById('picture'), p = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        for (let y = 8; y < c.height; y++) for (let x = 100; x < c.width; x++) {
            const i = 4 * (y * c.width + x);
            if (p[i] === 0xd5 && p[i + 1] === 0x5e && p[i + 2] === 0) return [x, y];
        }""")
    picture = browser.find("#picture")
    ActionChains(browser.driver).move_to_element_with_offset(picture, int(x + 1 - rectangle[0] / 2), int(y + 1 - rectangle[1] / 2)).click().perform()
    browser.wait("return location.hash.startsWith('#f=') && !document.querySelector('#detail').hidden")
    assert browser.errors() == [], browser.errors()


def is_narrow(browser, path):
    """On a telephone nothing is wider than the screen."""
    for scheme in ("light", "dark"):
        browser.open(path, "#f=71fe4af3&t=84&i=295", width=390, height=1400, scheme=scheme)
        browser.shoot(f"narrow-{scheme}")
        assert browser.run("return document.documentElement.scrollWidth") <= 390
        browser.open(path, width=390, height=1400, scheme=scheme)
        browser.shoot(f"narrow-top-{scheme}")
    assert browser.errors() == []


def hold_accessible(browser):
    """axe-core, where it is, finds nothing serious on the page that is open; false where it is not."""
    axe = os.environ.get("AXE")
    if not axe:
        print("NOT TESTED: axe-core is not there; AXE names the file axe.min.js.")
        return False
    browser.run(Path(axe).read_text(encoding="utf-8"))
    found = browser.driver.execute_async_script("axe.run(document).then(arguments[0])")
    assert len(found["passes"]) > 15, found
    serious = [(one["id"], one["impact"], [node["html"][:200] for node in one["nodes"]][:3])
               for one in found["violations"] if one["impact"] in ("serious", "critical")]
    assert not serious, serious
    return True


def shows_a_night(browser, path):
    """A night's page loads nothing, runs nothing, fits a telephone, and is accessible; no script is in it."""
    for scheme in ("light", "dark"):
        for width in (1280, 390):
            browser.open(path, width=width, scheme=scheme, has_script=False)
            browser.shoot(f"night-{width}-{scheme}")
            assert browser.run("return document.documentElement.scrollWidth") <= width, (width, scheme)
        hold_accessible(browser)
    text = browser.find("body").text
    for words in ("night 2", "<b>lost</b>", "missing log", "NtReadFile return_value", "first seen in night 1", "evdiff known add "):
        assert words in text, (words, text)
    assert browser.run("return [...document.querySelectorAll('b')].filter(one => one.textContent === 'lost').length") == 0
    assert browser.run("return document.querySelectorAll('script, img, iframe').length") == 0
    assert len(browser.driver.find_elements(By.CSS_SELECTOR, "svg.trend path")) > 4
    assert "Roots by night\n1: " in browser.find("svg.trend title").get_attribute("textContent")
    assert {url.partition("#")[0] for url in browser.requests()} <= {f"file://{str(path)}", "about:blank", "data:,"}
    assert browser.errors() == [], browser.errors()


def is_accessible(browser, path):
    """In light and dark, with and without a family open."""
    for scheme in ("light", "dark"):
        for fragment in ("", "#f=71fe4af3&t=84&i=295"):
            browser.open(path, fragment, scheme=scheme)
            if not hold_accessible(browser):
                return


def runs_nothing(browser, path):
    """A log full of markup is text."""
    for fragment in ("", "#f=" + HOSTILE.replace(" ", "%20"), "#t=<img src=x onerror=alert(1)>"):
        browser.open(path, fragment)
    ids = browser.shown_families()
    assert len(ids) >= 3, ids
    for one in ids:
        browser.run("location.hash = '#f=' + arguments[0]", one)
        browser.wait("return !document.querySelector('#detail').hidden")
    assert browser.run("return window.hacked") is None
    assert browser.run("return document.querySelectorAll('img, b:not(.key b), i, iframe').length") == 0
    assert browser.run("return document.scripts.length") == 2
    assert "<script>window.hacked = 1</script>" in browser.find("#detail").get_attribute("textContent")
    assert browser.errors() == [], browser.errors()
    assert {url.partition("#")[0].partition("%23")[0] for url in browser.requests()} <= {f"file://{str(path)}", "about:blank", "data:,"}


def is_quiet_when_equal(browser, path):
    browser.open(path)
    browser.shoot("equal")
    assert browser.find("h1").text == "Equal: all 14 thread pairs"
    assert browser.errors() == [], browser.errors()


def works_without_script(browser, path):
    """Verdict, looks, families and threads are there; what needs script is not."""
    browser.open(path)
    text = browser.find("body").text
    for words in ("Diverged: 7 of 14 thread pairs", "Look first at", "STATUS_BUFFER_OVERFLOW", "Families", "NtReadFile return_value", "Threads",
                  "How all events came out"):
        assert words in text, words
    assert not browser.find("#lanes").is_displayed() and not browser.find("#detail").is_displayed()
    assert len(browser.driver.find_elements(By.CSS_SELECTOR, "table.families tbody tr")) == 47
    assert len(browser.driver.find_elements(By.CSS_SELECTOR, "table.threads tbody tr")) == 14
    browser.shoot("no-script")


if __name__ == "__main__":
    sys.exit(main())
