package org.ollamaorchestrator.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The pages of the web UI in a browser, at a gateway that has keys, with two machines behind it. */
@SystemTest
class UiIT {
    /** A key of these tests, and its hash as the gateway makes it. */
    private static final String BOSS = "olk_ForTestsOfTheWebUi00000000000000000000000003kBnwJ";

    private static final String BOSS_HASH = "3be57105b9b53afad4dfef1e910fb66419920dc115681dbbb3500bd47afa8c4d";

    private static final List<String> PAGES = List.of("fleet", "queue", "models", "usage", "keys");

    private static final String MODEL = "shared";

    @TempDir
    private Path data;

    @AutoClose
    private final Browser browser = Browser.start();

    @AutoClose
    private final Simulator simulator =
            Simulator.launch("simulator", "--models", MODEL + ",llama3.2:3b", "--parallel", "1");

    private Gateway gateway;
    private Agent anna;
    private Agent bert;

    @BeforeEach
    void aFleet() {
        gateway = Gateway.start(
                "-Dorchestrator.keys.boss.hash=" + BOSS_HASH,
                "-Dorchestrator.keys.boss.admin=true",
                "-Dorchestrator.data-dir=" + data);
        simulator.awaitReady();
        anna = Agent.launch("anna", gateway.agentsUrl(), simulator.url(), machine("24G"));
        bert = Agent.launch("bert", gateway.agentsUrl(), simulator.url(), machine("8G"));
        Patience.until("two agents with the model", () -> told("/api/agents").split(MODEL, -1).length > 2);
    }

    @AfterEach
    void nobody() {
        anna.close();
        bert.close();
        gateway.close();
    }

    @Test
    void who_has_no_key_sees_the_door_and_a_key_stays_in_its_tab() {
        try (Visit visit = browser.open(gateway, "#/fleet", Browser.Screen.DESK).whereMayFail("/api/me")) {
            Page page = visit.page();
            page.getByLabel("API key").fill("olk_mistyped");
            press(page, "Sign in");
            assertThat(page.getByRole(AriaRole.ALERT)).containsText("The API key is not valid.");

            enter(page, BOSS);

            assertThat(page.locator(".who")).containsText("boss");
            assertThat(page.evaluate("localStorage.length + document.cookie.length"))
                    .isEqualTo(0);
            assertThat(page.url()).doesNotContain("olk_");
            page.reload();
            assertThat(page.locator("h1")).hasText("Fleet");
            press(page, "Sign out");
            assertThat(page.locator("h1")).hasText("Sign in");
        }
    }

    @Test
    void an_agent_that_is_killed_leaves_the_page_and_comes_back_to_it_by_itself() {
        try (Visit visit = signedIn("fleet", BOSS, Browser.Screen.DESK)) {
            assertThat(cards(visit)).hasCount(2);

            long before = System.nanoTime();
            bert.kill();
            assertThat(cards(visit)).hasCount(1);
            Figures.show("a killed agent has left the page after %d ms", Figures.millisSince(before));

            bert.relaunch();
            assertThat(cards(visit)).hasCount(2);
        }
    }

    @Test
    void an_agent_that_is_drained_says_so_until_it_is_resumed() {
        try (Visit visit = signedIn("fleet", BOSS, Browser.Screen.DESK)) {
            press(visit.page(), "Drain anna");
            assertThat(cards(visit).first().locator(".state")).hasText("Drained");
            assertThat(cards(visit).first()).containsText("an operator drains it");

            press(visit.page(), "Resume anna");
            assertThat(cards(visit).first().locator(".state")).hasText("Idle");
        }
    }

    @Test
    void what_runs_and_waits_is_shown_and_can_be_cancelled() {
        simulator.answers(MODEL, "{\"count\":9,\"stallAfter\":2}");
        try (Visit visit = signedIn("queue", BOSS, Browser.Screen.DESK);
                HttpConnection first = asking("first");
                HttpConnection second = asking("second");
                HttpConnection third = asking("third")) {
            Locator rows = visit.page().locator("tbody tr");
            assertThat(rows).hasCount(3);
            assertThat(rows.last()).containsText("Waiting");
            assertThat(rows.last()).containsText("no. 1");

            rows.last().getByRole(AriaRole.BUTTON).click();

            assertThat(rows).hasCount(2);
            rows.first().getByRole(AriaRole.BUTTON).click();
            assertThat(rows).hasCount(1);
            rows.first().getByRole(AriaRole.BUTTON).click();
            assertThat(visit.page().locator(".empty h2")).hasText("Nothing runs and nothing waits");
            for (HttpConnection client : List.of(first, second, third)) {
                assertThat(client.answer().text())
                        .contains("the job was cancelled")
                        .doesNotContain("[DONE]");
            }
        }
    }

    @Test
    void a_key_is_told_once_and_when_it_is_revoked_its_owner_sees_the_door() {
        try (Visit boss = signedIn("keys", BOSS, Browser.Screen.DESK)) {
            Page page = boss.page();
            press(page, "New key");
            page.locator("dialog").getByLabel("Name").fill("carla");
            press(page, "Create");
            Locator secret = page.locator("code.secret");
            assertThat(secret).containsText("olk_");
            String told = secret.textContent();
            press(page, "I have it");
            assertThat(secret).hasCount(0);
            assertThat(page.locator("tr[data-key=carla]")).containsText("all models");

            try (Visit carla = signedIn("fleet", told, Browser.Screen.DESK).whereMayFail("/api/ui/events")) {
                assertThat(cards(carla)).hasCount(2);
                assertThat(carla.page().getByRole(AriaRole.LINK, named("Keys"))).hasCount(0);
                page.onDialog(dialog -> dialog.accept());
                press(page, "Revoke carla");
                assertThat(carla.page().locator("h1")).hasText("Sign in");
                assertThat(carla.page().getByRole(AriaRole.ALERT)).containsText("The API key was revoked.");
            }
            assertThat(page.locator("tr[data-key=carla]")).hasCount(0);
        }
    }

    @Test
    void a_pull_onto_both_agents_goes_on_when_the_page_is_opened_anew() {
        simulator.travels("new", "{\"layers\":[2000000000],\"steps\":30,\"stepMs\":100}");
        try (Visit visit = signedIn("models", BOSS, Browser.Screen.DESK)) {
            Page page = visit.page();
            page.getByLabel("Model", new Page.GetByLabelOptions().setExact(true))
                    .fill("new");
            press(page, "Pull");
            Locator pull = page.locator("[data-operation]");
            assertThat(pull.locator("progress")).hasCount(2);
            assertThat(pull).containsText(" of 2.0 GB");

            page.reload();

            assertThat(pull.locator("progress")).hasCount(2);
            assertThat(pull).containsText(" of 2.0 GB");
            assertThat(pull.locator("header .state")).hasText("Done");
            assertThat(page.locator("tr[data-model='new:latest'] .chip")).hasCount(2);
        }
    }

    @Test
    void free_disk_and_vram_are_shown_and_a_pull_that_does_not_fit_is_warned_of() {
        simulator.travels("huge", "{\"layers\":[2000000000000000],\"steps\":1,\"stepMs\":1}");
        try (Simulator another = Simulator.launch("another", "--models", MODEL);
                Visit visit = signedIn("models", BOSS, Browser.Screen.DESK)) {
            another.awaitReady();
            List<String> unknown = List.of("-Dorchestrator.ollama.models-dir=" + data.resolve("nowhere"));
            try (Agent _ = Agent.launch("carl", gateway.agentsUrl(), another.url(), machine("24G"));
                    Agent _ = Agent.launch("dora", gateway.agentsUrl(), another.url(), unknown)) {
                Patience.until("two agents more", () -> told("/api/agents").matches(".*carl.*dora.*|.*dora.*carl.*"));
                Page page = visit.page();
                assertThat(page.locator("#rooms tr[data-agent=carl]"))
                        .containsText(Pattern.compile("[0-9.]+ [GT]B of [0-9.]+ [GT]B"));
                assertThat(page.locator("#rooms tr[data-agent=carl]")).containsText("0 B of 25.8 GB");
                assertThat(page.locator("#rooms tr[data-agent=dora] td").first())
                        .hasText("unknown");

                Locator model = page.getByLabel("Model", new Page.GetByLabelOptions().setExact(true));
                model.fill("huge");
                assertThat(page.locator("#needs caption")).containsText("unknown");
                page.getByLabel("Onto").selectOption("agents");
                box(page, "anna").check();
                press(page, "Pull");
                assertThat(page.locator("tr[data-model='huge:latest'] .chip").first())
                        .isVisible();
                box(page, "anna").uncheck();
                box(page, "carl").check();
                box(page, "dora").check();

                assertThat(page.locator("form [role=status]")).containsText("It does not fit on carl.");
                assertThat(page.locator("#needs tr[data-agent=carl] .state").first())
                        .hasText("Does not fit");
                assertThat(page.locator("#needs tr[data-agent=carl] .state").last())
                        .hasText("Not whole: the rest runs on the processor");
                assertThat(page.locator("#needs tr[data-agent=dora] .state"))
                        .hasText(new String[] {"Unknown", "Unknown"});
                visit.isAccessible();
                visit.fitsItsScreen();
                visit.screenshot("models-room");
                page.setViewportSize(390, 844);
                visit.fitsItsScreen();
                model.fill("llama3.2:3b");
                assertThat(page.locator("form [role=status]")).isEmpty();
                assertThat(page.locator("#needs tr[data-agent=carl] .state")).hasText(new String[] {"Fits", "Fits"});
                page.evaluate("location.hash = '#/fleet'");
                assertThat(page.locator(".card[data-agent=carl]"))
                        .containsText(Pattern.compile("Disk free\\s*[0-9.]+ [GT]B of [0-9.]+ [GT]B"));
                assertThat(page.locator(".card[data-agent=dora]"))
                        .containsText(Pattern.compile("Disk free\\s*unknown"));
            }
        }
    }

    @Test
    void a_model_is_copied_with_the_keyboard_alone() {
        try (Visit visit = signedIn("models", BOSS, Browser.Screen.DESK)) {
            Page page = visit.page();
            Locator copy = page.getByRole(AriaRole.BUTTON, named("Copy shared:latest"));
            tabTo(page, copy);
            page.keyboard().press("Enter");
            Locator name = page.getByLabel("New name");
            assertThat(name).isFocused();
            visit.isAccessible();
            page.keyboard().press("Escape");
            assertThat(page.locator("dialog")).not().isVisible();
            assertThat(copy).isFocused();

            page.keyboard().press("Enter");
            page.keyboard().type("mine");
            page.keyboard().press("Enter");

            assertThat(page.locator("[data-operation] h3")).hasText("Copy shared:latest");
            assertThat(page.locator("[data-operation] header .state")).hasText("Done");
            assertThat(page.locator("tr[data-model='mine:latest'] .chip")).hasCount(2);
            assertThat(page.locator("tr[data-model='mine:latest']")).containsText("GB");
        }
    }

    @Test
    void the_keyboard_is_enough_to_get_from_page_to_page() {
        try (Visit visit = signedIn("fleet", BOSS, Browser.Screen.DESK)) {
            Page page = visit.page();
            Locator queue = page.getByRole(AriaRole.LINK, named("Queue"));
            tabTo(page, queue);
            page.keyboard().press("Enter");

            assertThat(page.locator("h1")).hasText("Queue");
            assertThat(queue).hasAttribute("aria-current", "page");
            assertThat(page.locator("main")).isFocused();
        }
    }

    @ParameterizedTest
    @EnumSource
    void every_page_is_accessible_and_fits_on_every_screen(Browser.Screen screen) {
        try (HttpConnection answered = asking("something to count")) {
            assertThat(answered.answer().status()).isEqualTo(200);
        }
        Patience.until("the usage to be written down", () -> told("/api/usage").contains(MODEL));
        try (Visit visit = signedIn("fleet", BOSS, screen)) {
            for (String name : PAGES) {
                Page page = visit.page();
                page.evaluate("location.hash = '#/" + name + "'");
                assertThat(page.locator("main h1"))
                        .hasText(name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1));
                assertThat(page.locator(somethingOf(name)).first()).isVisible();

                visit.fitsItsScreen();
                visit.isAccessible();
                visit.screenshot(
                        switch (screen) {
                            case DESK -> name;
                            case DARK -> name + "-dark";
                            case PHONE -> name + "-phone";
                        });
            }
        }
    }

    /** What a page shows once it has what it shows. */
    private static String somethingOf(String page) {
        return switch (page) {
            case "fleet" -> ".card";
            case "queue" -> ".empty";
            case "usage" -> ".chart canvas";
            default -> "tbody tr";
        };
    }

    /** What is free on its disk is what is free where the tests run. */
    private List<String> machine(String vram) {
        return List.of(
                "-Dorchestrator.slots=1", "-Dorchestrator.ollama.models-dir=" + data, "-Dorchestrator.vram=" + vram);
    }

    private Visit signedIn(String page, String key, Browser.Screen screen) {
        Visit visit = browser.open(gateway, "#/" + page, screen).whereMayFail("/api/me");
        enter(visit.page(), key);
        assertThat(visit.page().locator(".who")).containsText("Live");
        return visit;
    }

    private static void enter(Page page, String key) {
        page.getByLabel("API key").fill(key);
        press(page, "Sign in");
    }

    private static void press(Page page, String button) {
        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName(button).setExact(true))
                .click();
    }

    private static Page.GetByRoleOptions named(String name) {
        return new Page.GetByRoleOptions().setName(name).setExact(true);
    }

    private static Locator cards(Visit visit) {
        return visit.page().locator(".card");
    }

    private static Locator box(Page page, String name) {
        return page.getByRole(
                AriaRole.CHECKBOX, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    private static void tabTo(Page page, Locator element) {
        for (int i = 0; i < 40 && !isFocused(element); i++) {
            page.keyboard().press("Tab");
        }
    }

    private static boolean isFocused(Locator element) {
        return (boolean) element.evaluate("element => element === document.activeElement");
    }

    private String told(String path) {
        return Http.exchange(
                        gateway.port(),
                        "GET",
                        path,
                        Map.of("Authorization", "Bearer " + BOSS, "Connection", "close"),
                        "")
                .body();
    }

    /** One request more, that is under way. */
    private HttpConnection asking(String text) {
        HttpConnection connection = HttpConnection.to(gateway.port());
        String body = "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}".formatted(MODEL, text);
        var _ = connection.request(
                "POST",
                "/api/chat/completions",
                Map.of("Content-Type", "application/json", "Authorization", "Bearer " + BOSS, "Connection", "close"),
                body.getBytes(UTF_8));
        return connection;
    }
}
