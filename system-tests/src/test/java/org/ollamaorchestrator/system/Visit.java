package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.ConsoleMessage;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * One person's look at the web UI. Closing it fails if the page wrote an error to the console, or asked anybody but its
 * gateway for anything.
 */
final class Visit implements AutoCloseable {
    private static final Set<String> SERIOUS = Set.of("serious", "critical");

    private final BrowserContext context;
    private final Page page;
    private final String host;
    private final List<String> errors = new ArrayList<>();
    private final List<String> foreign = new ArrayList<>();
    private final List<String> mayFail = new ArrayList<>();

    Visit(BrowserContext context, int port, String where) {
        this.context = context;
        this.host = "127.0.0.1:" + port;
        context.setDefaultTimeout((double) Patience.FOR_AN_EVENT.toMillis());
        context.onRequest(this::requested);
        page = context.newPage();
        page.onConsoleMessage(this::said);
        page.onPageError(errors::add);
        page.navigate("/ui/" + where);
    }

    Page page() {
        return page;
    }

    /** Browsers call a refused request an error, which a test of one may expect. */
    Visit whereMayFail(String path) {
        mayFail.add(path);
        return this;
    }

    private void requested(Request request) {
        URI asked = URI.create(request.url());
        boolean local = "data".equals(asked.getScheme()) || "blob".equals(asked.getScheme());
        if (!local && !host.equals(asked.getAuthority())) {
            foreign.add(request.url());
        }
    }

    private void said(ConsoleMessage message) {
        if (message.type().equals("error")) {
            errors.add(message.text() + " " + message.location());
        }
    }

    /** Nothing that keeps somebody from using the page, as axe sees it. */
    void isAccessible() {
        List<Rule> violations =
                new AxeBuilder(page).setLegacyMode(true).analyze().getViolations();
        assertThat(violations.stream()
                        .filter(rule -> SERIOUS.contains(rule.getImpact()))
                        .map(rule -> rule.getId() + ": " + rule.getNodes()))
                .as("what axe calls serious")
                .isEmpty();
    }

    /** Nothing has to be scrolled sideways. */
    void fitsItsScreen() {
        Object overhang = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assertThat(((Number) overhang).intValue()).as("pixels too wide").isLessThanOrEqualTo(0);
    }

    /** For the documents if the run was asked to renew them, else only to look at. */
    void screenshot(String name) {
        Path folder = System.getProperty("screenshots.update") == null
                ? Packaged.workFolder().resolve("screenshots")
                : Packaged.root().resolve("docs/screenshots");
        page.screenshot(new Page.ScreenshotOptions().setPath(folder.resolve(name + ".png")));
    }

    @Override
    public void close() {
        // Waiting for the page lets the driver hand over what it has said until now.
        page.evaluate("1");
        context.close();
        assertThat(foreign).as("requests to anybody but the gateway").isEmpty();
        assertThat(errors.stream()
                        .filter(error -> mayFail.stream()
                                .noneMatch(
                                        path -> error.startsWith("Failed to load resource") && error.contains(path))))
                .as("errors in the browser's console")
                .isEmpty();
    }
}
