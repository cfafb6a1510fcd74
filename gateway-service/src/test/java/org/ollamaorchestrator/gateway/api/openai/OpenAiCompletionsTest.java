package org.ollamaorchestrator.gateway.api.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.ollamaorchestrator.gateway.api.openai.Recordings.HEAD;
import static org.ollamaorchestrator.gateway.api.openai.Recordings.data;
import static org.ollamaorchestrator.gateway.api.openai.Recordings.json;
import static org.ollamaorchestrator.gateway.api.openai.Recordings.lines;
import static org.ollamaorchestrator.gateway.api.openai.Recordings.object;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.protocol.Operation;

@NullMarked
class OpenAiCompletionsTest {

    private static final CompletionForm PLAIN = new CompletionForm(false, false);

    @Test
    void a_prompt_is_generated_from() {
        TranslatedRequest request = CompletionTranslator.translate(object("""
                {"model":"tiny","prompt":["Hi"],"suffix":"!","max_tokens":8,"stop":["a","b"],"logprobs":2,"echo":false,
                 "best_of":1,"stream":true,"user":"u"}"""));

        assertThat(request.operation()).isEqualTo(Operation.GENERATE);
        assertThat(request.stream()).isTrue();
        assertThat(request.ignored()).containsExactly("user");
        assertThat(request.body()).isEqualTo(object("""
                        {"model":"tiny","prompt":"Hi","suffix":"!","stream":true,
                         "options":{"stop":["a","b"],"num_predict":8},"logprobs":true,"top_logprobs":2}"""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "\"prompt\":[\"a\",\"b\"]; prompt",
                "\"prompt\":[1,2]; prompt",
                "\"prompt\":\"\"; prompt",
                "\"n\":1; prompt",
                "\"prompt\":\"a\",\"echo\":true; echo",
                "\"prompt\":\"a\",\"best_of\":3; best_of",
                "\"prompt\":\"a\",\"logprobs\":true; logprobs",
            })
    void what_cannot_be_honoured_is_refused_by_its_name(String given, String field) {
        assertThatThrownBy(() -> {
                    var ignored = CompletionTranslator.translate(object("{\"model\":\"tiny\"," + given + "}"));
                })
                .isInstanceOfSatisfying(
                        ClientErrorException.class, e -> assertThat(e.field()).contains(field));
    }

    @Test
    void a_stream_is_chunks_an_end_and_the_usage_if_it_was_asked_for() {
        var events = new CompletionForm(true, false).events(HEAD);
        List<JsonNode> chunks = data(events.events(lines("generate-stream")));

        assertThat(chunks.getFirst().path("object").asText()).isEqualTo("text_completion");
        assertThat(chunks.getFirst().path("id").asText()).isEqualTo("cmpl-k");
        assertThat(chunks.getFirst().at("/choices/0/text").asText()).isNotEmpty();
        assertThat(chunks.get(chunks.size() - 2).at("/choices/0/finish_reason").asText())
                .isEqualTo("length");
        assertThat(chunks.getLast().at("/usage/total_tokens").asInt()).isPositive();
        assertThat(new String(events.end(), UTF_8)).isEqualTo("data: [DONE]\n\n");
        assertThat(new String(PLAIN.events(HEAD).end(), UTF_8))
                .contains("\"error\"")
                .doesNotContain("[DONE]");
    }

    @Test
    void a_whole_answer_has_the_members_of_ollamas_own() {
        var answer = PLAIN.whole(HEAD);
        answer.add(lines("generate-stream"));

        JsonNode body = json(answer.body());
        assertThat(json(Recordings.text("v1-completions-nostream.txt")).properties())
                .allSatisfy(member -> assertThat(body.has(member.getKey())).isTrue());
        assertThat(body.at("/choices/0/finish_reason").asText()).isEqualTo("length");
        assertThatThrownBy(() -> {
                    var ignored = PLAIN.whole(HEAD).body();
                })
                .isInstanceOf(JobFailedException.class);
    }

    @Test
    void logprobs_have_the_older_form() {
        var answer = new CompletionForm(false, true).whole(HEAD);
        answer.add(lines("generate-logprobs"));

        JsonNode choice = json(answer.body()).at("/choices/0");
        JsonNode logprobs = choice.path("logprobs");
        int count = logprobs.path("tokens").size();
        assertThat(count).isPositive();
        assertThat(logprobs.path("token_logprobs")).hasSize(count);
        assertThat(logprobs.path("top_logprobs")).hasSize(count);
        int last = logprobs.path("text_offset").path(count - 1).asInt();
        assertThat(choice.path("text").asText().substring(last))
                .isEqualTo(logprobs.path("tokens").path(count - 1).asText());
    }
}
