package org.ollamaorchestrator.gateway.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.Operation;

@NullMarked
class JobRequestTest {

    private static final String TWO_TURNS = """
            {"model":"tiny","messages":[{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi"},{"role":"user","content":"%s"}]}""";

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            CHAT     | {"model":"tiny","messages":[{}]}                                      | {"model":"tiny","stream":false}
            CHAT     | {"model":"tiny","messages":[{}],"options":{"num_ctx":9},"tools":[]}   | {"model":"tiny","options":{"num_ctx":9},"stream":false}
            GENERATE | {"model":"tiny","prompt":"x","keep_alive":"5m"}                       | {"model":"tiny","keep_alive":"5m","stream":false}
            GENERATE | {"model":"tiny","prompt":"x","keep_alive":0}                          | {"model":"tiny","stream":false}
            GENERATE | {"model":"tiny","prompt":"x","keep_alive":"0s"}                       | {"model":"tiny","stream":false}
            EMBED    | {"model":"tiny","input":["secret"]}                                   | {"model":"tiny","input":[]}
            """)
    void a_model_is_loaded_with_the_options_of_the_request_and_nothing_of_its_text(
            Operation operation, String body, String load) {
        assertThat(request(operation, body).load().text()).isEqualTo(load);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            CHAT     | {"model":"tiny","messages":[{}]}                  | true
            CHAT     | {"model":"tiny","messages":[],"keep_alive":0}     | false
            GENERATE | {"model":"tiny","keep_alive":"0s"}                | false
            GENERATE | {"model":"tiny","prompt":"x","keep_alive":0}      | true
            GENERATE | {"model":"tiny"}                                  | true
            SHOW     | {"model":"tiny"}                                  | false
            """)
    void what_unloads_a_model_or_only_describes_it_needs_it_not_in_memory(
            Operation operation, String body, boolean uses) {
        assertThat(request(operation, body).usesModel()).isEqualTo(uses);
    }

    @Test
    void a_model_of_the_cloud_is_never_loaded() throws JsonProcessingException {
        var body = (ObjectNode) new ObjectMapper().readTree("{\"model\":\"big:cloud\",\"messages\":[{}]}");

        assertThat(JobRequest.of(new ModelName("big:cloud"), Operation.CHAT, body)
                        .usesModel())
                .isFalse();
    }

    @Test
    void a_conversation_that_goes_on_begins_as_the_one_before() {
        JobRequest before = request(Operation.CHAT, TWO_TURNS.formatted("first"));
        JobRequest after = request(Operation.CHAT, TWO_TURNS.formatted("second"));

        assertThat(after.prompt().prefixes().subList(0, 2))
                .isEqualTo(before.prompt().prefixes().subList(0, 2));
        assertThat(after.prompt().prefixes().getLast())
                .isNotEqualTo(before.prompt().prefixes().getLast());
        assertThat(after.prompt().bytes()).isEqualTo("HelloHisecond".length());
    }

    @Test
    void the_context_and_the_bound_of_an_answer_are_read_from_the_options() {
        JobRequest request = request(
                Operation.CHAT,
                "{\"model\":\"tiny\",\"messages\":[{}],\"options\":{\"num_ctx\":4096,\"num_predict\":7}}");

        assertThat(request.contextLength()).hasValue(4096);
        assertThat(request.answerTokensMax()).hasValue(7);
        assertThat(request.tokensExpected()).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            the length of the text and the bound of the answer    | CHAT     | {"messages":[{"content":"0123456789"}],"options":{"num_predict":100}}                         | 69 + 1024 + 100
            a letter of several bytes may be several tokens       | GENERATE | {"prompt":"äöü€😀","options":{"num_predict":100}}                                              | 56 + 1024 + 100
            a tool's description is read as well                  | CHAT     | {"messages":[{"content":"0"}],"tools":[{"x":"0123456789"}],"options":{"num_predict":1}}       | 87 + 1024 + 1
            no more of a prompt is read than the context holds    | CHAT     | {"messages":[{"content":"0123456789"}],"options":{"num_ctx":20,"num_predict":100}}            | 20 + 1024 + 100
            an image is as many tokens as images are              | CHAT     | {"messages":[{"images":["0123456789","01"]}],"options":{"num_predict":1}}                     | 61 + 16384 + 1024 + 1
            a form may be thought about in a run of its own       | CHAT     | {"messages":[{"content":"0"}],"format":"json","options":{"num_predict":100}}                  | 76 + 1024 + 200
            an embedding has no answer                            | EMBED    | {"input":["0123456789"]}                                                                      | 24 + 1024
            what only describes a model uses nothing              | SHOW     | {"model":"tiny"}                                                                              | 0
            """)
    void what_a_request_may_use_at_most_is_known(String why, Operation operation, String body, String sum) {
        long expected =
                Arrays.stream(sum.split(" \\+ ")).mapToLong(Long::parseLong).sum();

        assertThat(request(operation, body).tokensMax()).as(why).hasValue(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"num_predict\":-1}", "{\"num_predict\":0}", "{\"num_predict\":99999999999}"})
    void an_answer_as_long_as_it_likes_has_no_bound(String options) {
        assertThat(request(Operation.CHAT, "{\"messages\":[],\"options\":" + options + "}")
                        .tokensMax())
                .isEmpty();
    }

    @Test
    void no_line_of_what_generates_nothing_is_a_token() {
        assertThat(request(Operation.SHOW, "{\"model\":\"tiny\"}").used(1).tokens())
                .isZero();
        assertThat(request(Operation.CHAT, TWO_TURNS.formatted("x")).used(3).tokens())
                .isEqualTo(2 + 3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"done":true,"prompt_eval_count":9,"eval_count":2} | 11 | true
            {"embeddings":[[1.0]],"prompt_eval_count":4}       | 4  | true
            {"message":{"content":"x"},"done":false}           | 15 | false
            {"prompt_eval_count":                              | 15 | false
            """)
    void what_was_used_is_what_ollama_says_or_else_what_was_seen(String lastLine, long tokens, boolean exact) {
        JobUsage usage = JobUsage.told(lastLine).orElseGet(() -> JobUsage.guessed(40, 5));

        assertThat(usage.tokens()).isEqualTo(tokens);
        assertThat(usage.exact()).isEqualTo(exact);
    }

    private static JobRequest request(Operation operation, String body) {
        try {
            return JobRequest.of(new ModelName("tiny"), operation, (ObjectNode) new ObjectMapper().readTree(body));
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}
