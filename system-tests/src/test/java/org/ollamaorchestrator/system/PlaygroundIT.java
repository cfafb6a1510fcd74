package org.ollamaorchestrator.system;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.FilePayload;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The playground in a browser, with two machines behind the gateway. */
@SystemTest
class PlaygroundIT {
    private static final String PLAYGROUND = "#/playground";
    private static final String ONE = Fleet.modelOf(0) + ":latest";
    private static final String OTHER = Fleet.modelOf(1) + ":latest";

    /** Everything that an answer can have. */
    private static final String RICH = """
            {"thinking":["The user wants", " a table and some code."],"paceMs":20,"tokens":[
            "## Two ways to count\\n\\n", "Both are **short**, and `sum` is the *faster* one:\\n\\n",
            "| Way | Lines |\\n|---|---|\\n| `sum` | 1 |\\n| a loop | 4 |\\n\\n",
            "```python\\ndef count(words):\\n", "    # A long line, which has to be scrolled and does not widen the page: ",
            "one two three four five six seven eight nine ten eleven twelve\\n", "    return sum(1 for word in words)\\n```\\n\\n",
            "1. Read the words\\n2. Count them\\n\\n> Counting is not understanding.\\n"]}
            """;

    @AutoClose
    private final Browser browser = Browser.start();

    @AutoClose
    private final Fleet fleet = Fleet.plan().agents(2).start();

    @AfterEach
    void nobody_has_a_job_any_more() {
        fleet.gateway().awaitIdle();
    }

    @Test
    void tokens_appear_one_after_the_other_and_none_waits_for_the_end() {
        fleet.simulator(0).answers(ONE, "{\"count\":12,\"paceMs\":150}");
        try (Visit visit = open(Browser.Screen.DESK)) {
            watchTheAnswerGrow(visit.page());

            say(visit, "step by step");
            assertThat(answer(visit)).containsText("0 1");
            assertThat(answer(visit)).hasText(numbered(12));

            List<String> steps = stepsOf(visit.page());
            assertThat(steps).hasSizeGreaterThan(3);
            assertThat(steps).isSorted().allMatch(numbered(12)::startsWith);
        }
    }

    @Test
    void what_ollama_has_said_is_there_although_it_says_no_more_and_stop_ends_its_work() {
        fleet.simulator(0).answers(ONE, "{\"count\":9,\"stallAfter\":3}");
        try (Visit visit = open(Browser.Screen.DESK)) {
            say(visit, "stop me");
            assertThat(answer(visit)).hasText("0 1 2");

            button(visit, "Stop", true).click();

            assertThat(fleet.simulator(0).awaitOutcome("stop me", "CLIENT_LEFT").tokensSent())
                    .isEqualTo(3);
            assertThat(figure(visit, "end")).hasText("stopped");
            assertThat(answer(visit)).hasText("0 1 2");
        }
    }

    @Test
    void an_answer_tells_its_agent_its_first_token_and_its_pace() {
        fleet.simulator(1).answers(OTHER, "{\"count\":20,\"paceMs\":10}");
        try (Visit visit = open(Browser.Screen.DESK)) {
            choose(visit, 0, OTHER);

            say(visit, "how fast");

            assertThat(figure(visit, "count")).hasText("20 tokens");
            assertThat(figure(visit, "agent")).hasText("agent-1");
            assertThat(figure(visit, "first token")).containsText(" s");
            assertThat(figure(visit, "pace")).containsText("tokens/s");
        }
    }

    @Test
    void thoughts_are_folded_away_until_somebody_wants_them() {
        fleet.simulator(0).answers(ONE, "{\"thinking\":[\"Hm, \",\"let me see.\"],\"tokens\":[\"Four.\"]}");
        try (Visit visit = open(Browser.Screen.DESK)) {
            say(visit, "think");
            Locator thoughts = visit.page().locator("details.thoughts");
            assertThat(answer(visit)).hasText("Four.");
            assertThat(thoughts.locator("p")).isHidden();

            thoughts.locator("summary").click();

            assertThat(thoughts.locator("p")).hasText("Hm, let me see.");
        }
    }

    @Test
    void markdown_is_drawn_and_nothing_that_a_model_says_runs() {
        fleet.simulator(0).answers(ONE, """
                {"tokens":["# Title\\n\\n", "<script>window.ran = 1</script>\\n\\n",
                "<img src=x onerror='window.ran = 2'> ![far](http://example.com/a.png)\\n\\n",
                "[press](javascript:window.ran=3) [read](https://example.com/)\\n\\n", "```js\\nlet a = 1;\\n```\\n"]}
                """);
        try (Visit visit = open(Browser.Screen.DESK)) {
            say(visit, "show me");
            assertThat(answer(visit).locator("h1")).hasText("Title");
            assertThat(figure(visit, "count")).hasText("5 tokens");

            answer(visit).getByText("press").click();
            button(visit, "Copy", true).click();

            assertThat(button(visit, "Copied", true)).isVisible();
            assertThat(visit.page().evaluate("navigator.clipboard.readText()")).isEqualTo("let a = 1;\n");
            assertThat(visit.page().evaluate("window.ran === undefined")).isEqualTo(true);
            assertThat(answer(visit)).containsText("<script>window.ran = 1</script>");
            assertThat(answer(visit).locator("img, script")).hasCount(0);
            assertThat(answer(visit).locator("a[href]")).hasText("read");
        }
    }

    @Test
    void a_picture_goes_to_the_model_and_what_is_none_is_refused() {
        byte[] png = Base64.getDecoder()
                .decode(
                        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");
        fleet.simulator(0).has(ONE, "{\"capabilities\":[\"completion\",\"vision\"]}");
        fleet.simulator(0).answers(ONE, "{\"tokens\":[\"A dot.\"]}");
        try (Visit visit = open(Browser.Screen.DESK)) {
            Locator picker = visit.page().locator("input[type=file]");
            picker.setInputFiles(new FilePayload("notes.txt", "text/plain", new byte[] {65}));
            assertThat(visit.page().getByRole(AriaRole.ALERT)).containsText("notes.txt is no PNG");

            picker.setInputFiles(new FilePayload("dot.png", "image/png", png));
            assertThat(visit.page().getByAltText("dot.png")).isVisible();
            say(visit, "what is this");
            assertThat(answer(visit)).hasText("A dot.");

            JsonNode turn = asked("what is this").path("messages").get(0);
            assertThat(turn.path("images").get(0).asText())
                    .isEqualTo(Base64.getEncoder().encodeToString(png));
            assertThat(visit.page().locator("oo-turn img[alt='dot.png']")).isVisible();
        }
    }

    @Test
    void pictures_can_be_pasted_and_dropped_and_taken_away_again() {
        try (Visit visit = open(Browser.Screen.DESK)) {
            Locator pictures = visit.page().locator(".composer .pictures img");
            visit.page().evaluate("""
                    () => {
                      const holding = (name) => {
                        const data = new DataTransfer();
                        data.items.add(new File(["x"], name, { type: "image/png" }));
                        return data;
                      };
                      const all = { bubbles: true, cancelable: true };
                      document.querySelector("#prompt")
                        .dispatchEvent(new ClipboardEvent("paste", { clipboardData: holding("pasted"), ...all }));
                      document.querySelector(".lane")
                        .dispatchEvent(new DragEvent("drop", { dataTransfer: holding("dropped"), ...all }));
                    }
                    """);
            assertThat(pictures).hasCount(2);

            button(visit, "Remove pasted", true).click();

            assertThat(pictures).hasCount(1);
            assertThat(pictures).hasAttribute("alt", "dropped");
        }
    }

    @Test
    void two_models_answer_the_same_side_by_side_and_each_is_stopped_alone() {
        fleet.simulator(0).answers(ONE, "{\"count\":9,\"stallAfter\":2}");
        fleet.simulator(1).answers(OTHER, "{\"tokens\":[\"Done\",\" first.\"]}");
        try (Visit visit = open(Browser.Screen.DESK)) {
            visit.page().getByLabel("Two models side by side").check();
            choose(visit, 1, OTHER);

            say(visit, "both of you");
            assertThat(lane(visit, 1).locator("oo-markdown")).hasText("Done first.");
            assertThat(lane(visit, 0).locator("oo-markdown")).hasText("0 1");
            assertThat(fleet.simulator(0).awaitRequestSaying("both of you").outcome())
                    .isEqualTo("RUNNING");

            button(visit, "Stop " + ONE, false).click();

            assertThat(fleet.simulator(0)
                            .awaitOutcome("both of you", "CLIENT_LEFT")
                            .tokensSent())
                    .isEqualTo(2);
            assertThat(fleet.simulator(1).awaitRequestSaying("both of you").outcome())
                    .isEqualTo("COMPLETE");
        }
    }

    @Test
    void the_next_turn_brings_the_conversation_its_system_prompt_and_the_options() {
        fleet.simulator(0).answers(ONE, "{\"tokens\":[\"Four.\"]}");
        try (Visit visit = open(Browser.Screen.DESK)) {
            visit.page().getByText("System prompt and options").click();
            visit.page().getByLabel("System prompt").last().fill("Be brief.");
            visit.page().getByLabel("Temperature").fill("0.25");
            visit.page().getByLabel("Longest answer").fill("64");
            say(visit, "two and two");
            assertThat(figure(visit, "count")).hasText("1 token");

            say(visit, "and three more");
            assertThat(visit.page().locator("oo-markdown")).hasText(new String[] {"Four.", "Four."});

            JsonNode body = asked("and three more");
            assertThat(body.path("messages"))
                    .extracting(turn -> turn.path("role").asText() + ": "
                            + turn.path("content").asText())
                    .containsExactly(
                            "system: Be brief.", "user: two and two", "assistant: Four.", "user: and three more");
            assertThat(body.path("options").path("temperature").asDouble()).isEqualTo(0.25);
            assertThat(body.path("options").path("num_predict").asInt()).isEqualTo(64);

            button(visit, "New conversation", true).click();
            assertThat(visit.page().locator("oo-turn")).hasCount(0);
        }
    }

    @Test
    void a_failure_is_told_whenever_it_comes_and_the_turn_can_be_tried_again() {
        fleet.simulator(0)
                .answers(ONE, "{\"failStatus\":400,\"failBody\":\"{\\\"error\\\":\\\"no such template\\\"}\"}");
        try (Visit visit = open(Browser.Screen.DESK).whereMayFail("/api/chat")) {
            say(visit, "fail");
            assertThat(visit.page().locator("oo-turn .notice")).hasText("No such template.");

            fleet.simulator(0).answers(ONE, "{\"count\":9,\"failAfter\":2}");
            button(visit, "Try again", true).click();
            assertThat(answer(visit)).hasText("0 1");
            assertThat(visit.page().locator("oo-turn .notice")).isVisible();

            fleet.simulator(0).answers(ONE, "{\"tokens\":[\"At last.\"]}");
            button(visit, "Try again", true).click();
            assertThat(answer(visit)).hasText("At last.");
            assertThat(visit.page().locator("oo-turn .notice")).hasCount(0);
        }
    }

    @Test
    void who_waits_sees_the_place_in_the_queue() {
        fleet.simulator(0).answers(ONE, "{\"count\":9,\"stallAfter\":1}");
        try (Visit first = open(Browser.Screen.DESK);
                Visit second = open(Browser.Screen.DESK)) {
            say(first, "I have the slot");
            assertThat(answer(first)).hasText("0");

            say(second, "I wait");
            assertThat(second.page().locator("oo-turn footer")).containsText("Number 1 in the queue");

            button(second, "Stop", true).click();
            button(first, "Stop", true).click();
            assertThat(figure(second, "end")).hasText("stopped");
        }
    }

    @Test
    void the_keyboard_is_enough() {
        fleet.simulator(0).answers(ONE, "{\"count\":9,\"stallAfter\":2}");
        try (Visit visit = open(Browser.Screen.DESK)) {
            Page page = visit.page();
            Locator prompt = page.locator("#prompt");
            for (int i = 0; i < 40 && !isFocused(prompt); i++) {
                page.keyboard().press("Tab");
            }
            page.keyboard().type("first line");
            page.keyboard().press("Shift+Enter");
            page.keyboard().type("second line");
            page.keyboard().press("Enter");
            assertThat(answer(visit)).hasText("0 1");
            assertThat(prompt).isFocused();
            assertThat(prompt).hasValue("");

            page.keyboard().press("Escape");

            assertThat(fleet.simulator(0)
                            .awaitOutcome("second line", "CLIENT_LEFT")
                            .tokensSent())
                    .isEqualTo(2);
            assertThat(prompt).isFocused();
            assertThat(asked("second line")
                            .path("messages")
                            .get(0)
                            .path("content")
                            .asText())
                    .isEqualTo("first line\nsecond line");
        }
    }

    @Test
    void an_answer_of_ten_thousand_tokens_is_whole_and_the_page_stays_usable() {
        fleet.simulator(0).answers(ONE, "{\"count\":10000}");
        try (Visit visit = open(Browser.Screen.DESK)) {
            say(visit, "very long");
            visit.page().locator("#prompt").fill("typed meanwhile");

            assertThat(figure(visit, "count")).hasText("10,000 tokens");
            assertThat(answer(visit)).hasText(numbered(10_000));
            assertThat(visit.page().locator("#prompt")).hasValue("typed meanwhile");
        }
    }

    @ParameterizedTest
    @EnumSource
    void it_is_accessible_and_fits_on_every_screen(Browser.Screen screen) {
        fleet.simulator(0).answers(ONE, RICH);
        fleet.simulator(1).answers(OTHER, RICH);
        try (Visit visit = open(screen)) {
            visit.page().getByLabel("Two models side by side").check();
            choose(visit, 1, OTHER);
            say(visit, "How do I count the words of a text in Python?");
            assertThat(visit.page().locator("oo-turn [data-figure=count]")).hasCount(2);
            assertThat(visit.page().locator("oo-playground .end")).hasText("Send");
            assertThat(visit.page().locator("oo-markdown blockquote")).hasCount(2);

            visit.fitsItsScreen();
            visit.isAccessible();
            visit.screenshot(
                    switch (screen) {
                        case DESK -> "playground";
                        case DARK -> "playground-dark";
                        case PHONE -> "playground-phone";
                    });
        }
    }

    private Visit open(Browser.Screen screen) {
        Visit visit = browser.open(fleet.gateway(), PLAYGROUND, screen);
        assertThat(visit.page().locator("select").first()).hasValue(ONE);
        return visit;
    }

    private static void choose(Visit visit, int lane, String model) {
        lane(visit, lane).locator("select").selectOption(model);
    }

    private static void say(Visit visit, String text) {
        visit.page().locator("#prompt").fill(text);
        button(visit, "Send", true).click();
    }

    private static Locator lane(Visit visit, int number) {
        return visit.page().locator(".lane").nth(number);
    }

    private static Locator answer(Visit visit) {
        return visit.page().locator("oo-markdown").last();
    }

    private static Locator figure(Visit visit, String name) {
        return visit.page().locator("oo-turn [data-figure='" + name + "']").last();
    }

    private static Locator button(Visit visit, String name, boolean exactly) {
        return visit.page()
                .locator("oo-playground")
                .getByRole(
                        AriaRole.BUTTON,
                        new Locator.GetByRoleOptions().setName(name).setExact(exactly))
                .last();
    }

    private static boolean isFocused(Locator element) {
        return (boolean) element.evaluate("element => element === document.activeElement");
    }

    private JsonNode asked(String text) {
        return fleet.simulator(0).awaitRequestSaying(text).body();
    }

    /** Keeps every text that somebody who looks at the answer would have seen. */
    private static void watchTheAnswerGrow(Page page) {
        page.evaluate("""
                () => {
                  window.steps = [];
                  new MutationObserver(() => {
                    const text = document.querySelector("oo-markdown")?.textContent.trim() ?? "";
                    if (text && text !== window.steps.at(-1)) window.steps.push(text);
                  }).observe(document.body, { subtree: true, childList: true, characterData: true });
                }
                """);
    }

    private static List<String> stepsOf(Page page) {
        return ((List<?>) page.evaluate("window.steps"))
                .stream().map(String::valueOf).toList();
    }

    private static String numbered(int tokens) {
        return Words.counting(tokens).strip();
    }
}
