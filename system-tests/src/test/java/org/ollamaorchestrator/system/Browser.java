package org.ollamaorchestrator.system;

import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import java.util.List;
import java.util.Map;

/** The machine's own Chromium, without a window and with an empty profile for each visit. */
final class Browser implements AutoCloseable {
    /** What a browser does by itself would look like a request of the page's; and in CI it may run as root. */
    private static final List<String> ARGUMENTS = List.of(
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");

    private final Playwright playwright;
    private final com.microsoft.playwright.Browser browser;

    /** What the page is looked at with. */
    enum Screen {
        DESK(1280, 900, ColorScheme.LIGHT),
        DARK(1280, 900, ColorScheme.DARK),
        PHONE(390, 844, ColorScheme.LIGHT);

        private final int width;
        private final int height;
        private final ColorScheme scheme;

        Screen(int width, int height, ColorScheme scheme) {
            this.width = width;
            this.height = height;
            this.scheme = scheme;
        }
    }

    private Browser(Playwright playwright, com.microsoft.playwright.Browser browser) {
        this.playwright = playwright;
        this.browser = browser;
    }

    /** Skips the tests of a machine that has none. */
    static Browser start() {
        var launch = new BrowserType.LaunchOptions()
                .setExecutablePath(Optionally.chromium())
                .setArgs(ARGUMENTS)
                .setHeadless(true)
                .setTimeout((double) Patience.FOR_A_START.toMillis());
        Playwright playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        try {
            return new Browser(playwright, playwright.chromium().launch(launch));
        } catch (RuntimeException e) {
            playwright.close();
            throw e;
        }
    }

    /** Opens a page of the gateway's web UI, such as {@code #/fleet}. Whoever closes the visit learns what it complained of. */
    Visit open(Gateway gateway, String page, Screen screen) {
        var options = new com.microsoft.playwright.Browser.NewContextOptions()
                .setBaseURL("http://127.0.0.1:" + gateway.port())
                .setViewportSize(screen.width, screen.height)
                .setColorScheme(screen.scheme)
                .setPermissions(List.of("clipboard-read", "clipboard-write"));
        return new Visit(browser.newContext(options), gateway.port(), page);
    }

    @Override
    public void close() {
        playwright.close();
    }
}
