package org.ollamaorchestrator.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A hundred machines, all busy, and a thousand requests that wait: who watches gets no more than he can read. */
@SystemTest
class BusyFleetIT {
    private static final int MACHINES = 100;
    private static final int WAITING = 1000;

    /** The requirement: kilobytes of a thousand bytes, and of everything that comes over the connection. */
    private static final int BYTES_PER_SECOND = 50_000;

    private static final Duration WATCHED = Duration.ofSeconds(10);

    private static final IssuedKey BOSS = IssuedKey.random();

    @AutoClose
    private final Gateway gateway = Gateway.launch(
            List.of(
                    "-Dorchestrator.keys.boss.hash=" + BOSS.hash(),
                    "-Dorchestrator.keys.boss.admin=true",
                    "-Dquarkus.http.host=127.0.0.1",
                    "-Dorchestrator.keys.boss.waiting-max=2000",
                    "-Dorchestrator.queue.max=2000",
                    // Whoever waits hears that he does, before his client's patience ends.
                    "-Dorchestrator.clients.first-byte-hold=2s",
                    "-Dorchestrator.clients.keep-alive=2s"),
            BOSS.secret());

    @AutoClose
    private Crowd crowd;

    @BeforeAll
    void a_crowd() {
        gateway.awaitReady();
        // Some are between two questions at any moment.
        crowd = Crowd.of(gateway, MACHINES, MACHINES + WAITING + 100, BOSS.header());
        Patience.within(
                Patience.FOR_A_START,
                "all machines to be busy and the others to wait",
                () -> gateway.totals().busy() == MACHINES
                        && gateway.queue().path("waiting").asInt() >= WAITING);
    }

    @Test
    void a_viewer_gets_less_than_50_kilobytes_a_second_while_jobs_come_and_go_and_tokens_flow() throws IOException {
        long tokens = crowd.tokens();
        long answers = crowd.answers();

        try (HttpConnection viewer = HttpConnection.to(gateway.port())) {
            viewer.request("GET", "/api/ui/events", BOSS.header(), new byte[0]);
            long began = System.nanoTime();
            assertThat(viewer.answer().status()).isEqualTo(200);
            var received = new ByteArrayOutputStream();
            var buffer = new byte[64 * 1024];
            while (System.nanoTime() - began < WATCHED.toNanos()) {
                int count = viewer.input().read(buffer);
                assertThat(count).as("the stream goes on").isPositive();
                received.write(buffer, 0, count);
            }
            double seconds = (System.nanoTime() - began) / 1e9;

            String[] events = received.toString(UTF_8).split("event: ", -1);
            Figures.show(
                    "a viewer of %d busy agents and %d requests: %.0f bytes a second, %d of them at first, in %d updates",
                    MACHINES, MACHINES + WAITING, received.size() / seconds, events[1].length(), events.length - 2);
            assertThat(received.size() / seconds).as("bytes a second").isLessThan(BYTES_PER_SECOND);
            assertThat(events.length).as("updates and the first snapshot").isGreaterThan((int) seconds);
            assertShowsTheWhole(events[1]);
        }
        assertThat(crowd.tokens() - tokens).as("tokens meanwhile").isGreaterThan(MACHINES);
        assertThat(crowd.answers() - answers).as("answers meanwhile").isGreaterThan(MACHINES);
        crowd.assertServed();
    }

    private static void assertShowsTheWhole(String event) {
        assertThat(event).startsWith("snapshot");
        JsonNode snapshot = Http.json(event.lines()
                .filter(line -> line.startsWith("data: "))
                .findFirst()
                .orElseThrow()
                .substring("data: ".length()));
        assertThat(snapshot.path("agents").path("set")).hasSize(MACHINES);
        assertThat(snapshot.path("queue").path("waiting").asInt()).isGreaterThanOrEqualTo(WAITING - MACHINES);
    }

    @Test
    void its_pages_can_be_used_while_it_is_busy() {
        try (Browser browser = Browser.start();
                Visit visit =
                        browser.open(gateway, "#/fleet", Browser.Screen.DESK).whereMayFail("/api/me")) {
            Page page = visit.page();
            page.getByLabel("API key").fill(BOSS.secret());
            press(page, "Sign in");
            Locator cards = page.locator(".card");
            assertThat(cards).hasCount(MACHINES);
            assertThat(page.locator(".figures")).containsText("100 of 100");

            Locator last = page.locator("[data-agent=" + Crowd.machine(MACHINES - 1) + "]");
            assertThat(last.locator(".state")).hasText("Busy");
            press(page, "Drain " + Crowd.machine(MACHINES - 1));
            assertThat(last).isInViewport();
            assertThat(last.locator(".state")).hasText("Drained");
            press(page, "Resume " + Crowd.machine(MACHINES - 1));
            assertThat(last.locator(".state")).hasText("Busy");
            visit.fitsItsScreen();

            page.getByRole(
                            AriaRole.LINK,
                            new Page.GetByRoleOptions().setName("Queue").setExact(true))
                    .click();
            assertThat(page.locator("main h1")).hasText("Queue");
            Locator rows = page.locator("tbody tr");
            assertThat(rows).hasCount(100);
            assertThat(rows.first().locator(".state")).hasText(Pattern.compile("Started|Answering"));
            assertThat(page.locator("main")).containsText(Pattern.compile("and 1,\\d\\d\\d more that are not shown"));
            page.mouse().move(600, 400);
            page.mouse().wheel(0, 100_000);
            assertThat(rows.last()).isInViewport();
            assertThat(rows.last().locator(".state")).hasText("Waiting");
            visit.fitsItsScreen();
        }
        crowd.assertServed();
    }

    private static void press(Page page, String button) {
        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName(button).setExact(true))
                .click();
    }
}
