package org.ollamaorchestrator.protocol.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ollamaorchestrator.protocol.AgentMessage;
import org.ollamaorchestrator.protocol.AgentMessage.Chunk;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.AgentMessage.LinePart;
import org.ollamaorchestrator.protocol.AgentMessage.Lines;
import org.ollamaorchestrator.protocol.AgentMessage.RegisterV1;
import org.ollamaorchestrator.protocol.AgentMessage.RegisterV2;
import org.ollamaorchestrator.protocol.AgentMessage.Status;
import org.ollamaorchestrator.protocol.CloseCode;
import org.ollamaorchestrator.protocol.GatewayMessage;
import org.ollamaorchestrator.protocol.GatewayMessage.OllamaJob;
import org.ollamaorchestrator.protocol.GatewayMessage.PromptJob;
import org.ollamaorchestrator.protocol.GatewayMessage.WelcomeV1;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ModelName;
import org.ollamaorchestrator.protocol.RawJson;
import org.ollamaorchestrator.protocol.Room;
import org.ollamaorchestrator.protocol.transcripts.Transcript;
import org.ollamaorchestrator.protocol.transcripts.Transcript.Frame;

@NullMarked
class MessageCodecTest {

    private final MessageCodec codec = new MessageCodec();

    @TestFactory
    Stream<DynamicTest> every_frame_of_every_transcript_reads_and_writes_back_the_same() {
        return Transcript.NAMES.stream()
                .map(Transcript::load)
                .flatMap(transcript -> transcript.frames().stream()
                        .map(frame -> DynamicTest.dynamicTest(
                                transcript.name() + ": " + frame.json(),
                                () -> assertThat(rewritten(frame)).isEqualTo(frame.json()))));
    }

    @Test
    void lines_of_whatever_characters_are_written_as_json_and_read_back() throws Exception {
        var random = new Random(1);
        for (int i = 0; i < 2_000; i++) {
            var lines = new Lines(new JobId("j" + i), 1 + random.nextInt(1_000), anyTexts(random));

            String frame = codec.encode(lines);

            assertThat(agentMessage(frame)).isEqualTo(lines);
            assertThat(new ObjectMapper().readTree(frame).path("lines"))
                    .map(JsonNode::textValue)
                    .containsExactlyElementsOf(lines.lines());
        }
    }

    @Test
    void plain_lines_stand_in_the_frame_as_they_are_and_are_read_back() throws Exception {
        var random = new Random(2);
        for (int i = 0; i < 2_000; i++) {
            List<String> texts = anyTexts(random).stream()
                    .map(text -> text.replace('\n', '\r'))
                    .toList();
            var lines = new Lines(new JobId("j" + i), 1 + random.nextInt(1_000), texts);

            String frame = codec.encodePlain(lines);

            assertThat(agentMessage(frame)).isEqualTo(lines);
            List<String> inFrame = List.of(frame.split("\n", -1));
            assertThat(inFrame.subList(1, inFrame.size())).isEqualTo(lines.lines());
            assertThat(new ObjectMapper().readTree(inFrame.getFirst()))
                    .isEqualTo(new ObjectMapper()
                            .createObjectNode()
                            .put("type", "chunk")
                            .put("jobId", "j" + i)
                            .put("seq", (int) lines.seq()));
        }
    }

    @Test
    void what_cannot_be_told_in_plain_lines_goes_as_json() {
        for (Lines lines : List.of(
                new Lines(new JobId("j"), 1, List.of("a", "b\nc")),
                new Lines(new JobId("a \"job\"\n"), 1, List.of("a")))) {
            assertThat(codec.encodePlain(lines)).isEqualTo(codec.encode(lines)).doesNotContain("\n");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"type":"chunk","jobId":"j","seq":0}¶x                      | BAD_MESSAGE | seq
            {"type":"chunk","jobId":"","seq":1}¶x                       | BAD_MESSAGE | jobId
            {"type":"chunk","jobId":"j","seq":1 }¶x                     | BAD_MESSAGE | part
            {"type":"chunk","jobId":"j","seq":-1}¶x                     | BAD_MESSAGE | part
            {"type":"chunk","jobId":"j","seq":}¶x                       | NOT_JSON    | JSON
            {"type":"chunk","jobId":"j","seq":99999999999999999999}¶x   | NOT_JSON    | JSON
            {"type":"chunk","jobId":"j","seq":1,"lines":["y"]}¶x        | NOT_JSON    | JSON
            {"type":"chunk","jobId":"j"}¶{"a":1}                        | BAD_MESSAGE | seq
            {"type":"chunk","jobId":"j¶","seq":1}                       | NOT_JSON    | JSON
            {"type":"job_complete","jobId":"j"}¶{"a":1}                 | NOT_JSON    | JSON
            """)
    void a_frame_that_is_neither_json_nor_plain_lines_is_malformed(String frame, CloseCode code, String reason) {
        assertThat(codec.decodeAgentMessage(frame.replace('¶', '\n')))
                .isInstanceOfSatisfying(Decoded.Malformed.class, malformed -> {
                    assertThat(malformed.code()).isEqualTo(code);
                    assertThat(malformed.reason()).contains(reason);
                });
    }

    @Test
    void a_chunk_may_be_json_of_several_lines() {
        assertThat(agentMessage("{\"type\":\"chunk\",\"jobId\":\"j\",\"seq\":3,\n\"lines\":[\"x\"]}\n"))
                .isEqualTo(new Lines(new JobId("j"), 3, List.of("x")));
    }

    private static List<String> anyTexts(Random random) {
        return Stream.generate(() -> anyText(random))
                .limit(1 + random.nextInt(3))
                .toList();
    }

    private static String anyText(Random random) {
        var text = new StringBuilder();
        int[] bounds = {0x20, 0x80, 0x800, 0xD800, 0x10FFFF};
        for (int i = random.nextInt(20); i > 0; i--) {
            int unit = random.nextInt(bounds[random.nextInt(bounds.length)]);
            text.appendCodePoint(unit >= 0xD800 && unit < 0xE000 ? '"' : unit);
        }
        return text.toString();
    }

    @Test
    void a_message_without_a_version_speaks_version_1() {
        assertThat(agentMessage("{\"type\":\"register\",\"models\":[\"a\",\" \",\"\"]}"))
                .isEqualTo(new RegisterV1(List.of(new ModelName("a"))));
        assertThat(gatewayMessage("{\"type\":\"welcome\",\"agentId\":\"a\",\"timestamp\":1}"))
                .isInstanceOf(WelcomeV1.class);
        assertThat(gatewayMessage("{\"type\":\"job\",\"jobId\":\"j\",\"model\":\"m\",\"prompt\":\"p\"}"))
                .isInstanceOf(PromptJob.class);
    }

    @Test
    void what_has_no_value_is_left_out_and_never_null() {
        var job = new PromptJob(new JobId("j"), new ModelName("m"), "p", null);

        assertThat(codec.encode(job)).isEqualTo("{\"type\":\"job\",\"jobId\":\"j\",\"model\":\"m\",\"prompt\":\"p\"}");
    }

    @Test
    void unknown_fields_are_ignored_also_before_the_type() {
        assertThat(agentMessage(
                        "{\"new\":{\"a\":[1]},\"jobId\":\"j\",\"type\":\"job_complete\",\"lastSeq\":3,\"x\":null}"))
                .isEqualTo(new JobComplete(new JobId("j"), 3L));
    }

    @Test
    void the_numbers_of_a_request_keep_their_digits() {
        var request = "{\"a\":1.10,\"b\":123456789012345678901234567890,\"c\":0.1234567890123456789}";

        var job = (OllamaJob)
                gatewayMessage("{\"type\":\"job\",\"jobId\":\"j\",\"model\":\"m\",\"operation\":\"chat\",\"request\":"
                        + request + "}");

        assertThat(job.request()).isEqualTo(new RawJson(request));
    }

    @Test
    void the_text_of_a_line_comes_back_exactly() {
        var line = "{\"text\":\"\\u003cthink\\u003e \\\\ \\\" é 你 😀 \u0001\"}";
        var chunk = new Lines(new JobId("j"), 1, List.of(line, ""));

        assertThat(agentMessage(codec.encode(chunk))).isEqualTo(chunk);
    }

    @Test
    void a_chunk_is_lines_or_a_part_of_one() {
        assertThat(agentMessage(
                        "{\"type\":\"chunk\",\"jobId\":\"j\",\"seq\":7,\"part\":0,\"more\":true,\"data\":\"x\"}"))
                .isEqualTo(new LinePart(new JobId("j"), 7, 0, true, "x"))
                .isInstanceOf(Chunk.class);
    }

    @Test
    void a_registration_of_version_2_tells_its_catalog_as_ollama_does() {
        var register = (RegisterV2) agentMessage("""
                {"type":"register","protocol":2,"instanceId":"i","slots":3,"models":["ignored"],
                 "catalog":[{"model":"a:latest","size":1,"new":{"deep":true}}]}""");

        assertThat(register.catalog()).singleElement().satisfies(model -> {
            assertThat(model.name()).isEqualTo(new ModelName("a"));
            assertThat(model.json()).isEqualTo("{\"model\":\"a:latest\",\"size\":1,\"new\":{\"deep\":true}}");
        });
        assertThat(register.labels()).isEqualTo(Map.of());
    }

    @Test
    void a_machine_tells_what_room_it_has_as_far_as_it_knows() {
        assertThat(agentMessage("""
                        {"type":"status","status":"idle","room":{"diskFree":7,"vramTotal":null,"tape":1}}"""))
                .isInstanceOfSatisfying(
                        Status.class, status -> assertThat(status.room()).isEqualTo(new Room(null, 7L, null, null)));
        assertThat(agentMessage("""
                        {"type":"register","protocol":2,"instanceId":"i","slots":1,"room":{}}"""))
                .isInstanceOfSatisfying(
                        RegisterV2.class,
                        register -> assertThat(register.room()).isEqualTo(Room.UNKNOWN));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "nonsense",
                "[]",
                "\"text\"",
                "null",
                "17",
                "{",
                "{\"type\":\"heartbeat\"} {}",
                "{'type':1}"
            })
    void what_is_not_one_json_object_is_malformed_with_1007(String frame) {
        assertThat(codec.decodeAgentMessage(frame))
                .isInstanceOfSatisfying(
                        Decoded.Malformed.class,
                        malformed -> assertThat(malformed.code()).isEqualTo(CloseCode.NOT_JSON));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {}                                                                              | type
            {"type":null}                                                                   | type
            {"type":5}                                                                      | type
            {"type":"register"}                                                             | models
            {"type":"register","models":"a"}                                                | models
            {"type":"register","models":[1]}                                                | models
            {"type":"register","models":[],"protocol":9}                                    | protocol
            {"type":"register","models":[],"protocol":"2"}                                  | protocol
            {"type":"register","protocol":2,"slots":1}                                      | instanceId
            {"type":"register","protocol":2,"instanceId":"i"}                               | slots
            {"type":"register","protocol":2,"instanceId":"i","slots":0}                     | slots
            {"type":"register","protocol":2,"instanceId":"i","slots":1,"catalog":[{}]}      | catalog
            {"type":"register","protocol":2,"instanceId":"i","slots":1,"catalog":["a"]}     | catalog
            {"type":"status"}                                                               | status
            {"type":"status","status":"asleep"}                                             | status
            {"type":"status","status":"idle","room":{"diskFree":-1}}                        | room
            {"type":"status","status":"idle","room":{"vramFree":"24G"}}                     | room
            {"type":"status","status":"idle","room":7}                                      | room
            {"type":"heartbeat","timestamp":"now"}                                          | timestamp
            {"type":"token","jobId":"j","token":"x"}                                        | done
            {"type":"token","jobId":"j","token":"x","done":null}                            | done
            {"type":"token","jobId":"j","token":"x","done":"true"}                          | done
            {"type":"token","jobId":"j","token":7,"done":true}                              | token
            {"type":"token","jobId":"","token":"x","done":true}                             | jobId
            {"type":"token","jobId":7,"token":"x","done":true}                              | jobId
            {"type":"chunk","jobId":"j","seq":1}                                            | part
            {"type":"chunk","jobId":"j","lines":["x"]}                                      | seq
            {"type":"chunk","jobId":"j","seq":0,"lines":["x"]}                              | seq
            {"type":"chunk","jobId":"j","seq":1.5,"lines":["x"]}                            | seq
            {"type":"chunk","jobId":"j","seq":1,"lines":[]}                                 | lines
            {"type":"chunk","jobId":"j","seq":1,"lines":[null]}                             | lines
            {"type":"chunk","jobId":"j","seq":1,"lines":[1]}                                | lines
            {"type":"job_complete"}                                                         | jobId
            {"type":"job_complete","jobId":null}                                            | jobId
            {"type":"job_complete","jobId":"j","lastSeq":"3"}                               | lastSeq
            {"type":"job_error","jobId":"j"}                                                | error
            """)
    void a_required_field_that_lacks_or_has_the_wrong_type_is_malformed_with_1008_and_named(
            String frame, String field) {
        assertThat(codec.decodeAgentMessage(frame)).isInstanceOfSatisfying(Decoded.Malformed.class, malformed -> {
            assertThat(malformed.code()).isEqualTo(CloseCode.BAD_MESSAGE);
            assertThat(malformed.reason()).contains(field);
        });
    }

    @Test
    void a_reason_names_no_content() {
        var frame = "{\"type\":\"token\",\"jobId\":\"j\",\"token\":{\"secret\":\"prompt\"},\"done\":true}";

        assertThat(codec.decodeAgentMessage(frame))
                .isInstanceOfSatisfying(
                        Decoded.Malformed.class,
                        malformed -> assertThat(malformed.reason()).doesNotContain("prompt"));
    }

    @Test
    void a_type_of_a_later_version_is_told_apart_from_a_broken_frame() {
        assertThat(codec.decodeAgentMessage("{\"type\":\"gossip\",\"x\":1}"))
                .isEqualTo(new Decoded.UnknownType<>("gossip"));
    }

    @Test
    void the_bytes_a_text_takes_on_the_wire_are_never_underestimated() throws Exception {
        for (int codePoint = 0; codePoint < 0x20000; codePoint += codePoint < 0x900 ? 1 : 97) {
            if (codePoint >= 0xD800 && codePoint < 0xE000) {
                continue;
            }
            String text = Character.toString(codePoint);

            int written = new ObjectMapper().writeValueAsString(text).getBytes(UTF_8).length - 2;

            assertThat(MessageCodec.encodedBytes(text)).as("U+%04X", codePoint).isGreaterThanOrEqualTo(written);
        }
    }

    @Test
    void the_bytes_of_a_text_are_exact_however_long_it_is() {
        for (String piece : List.of("a", "é", "€", "\ud83d\ude00", "a€")) {
            for (int times : new int[] {0, 1, 4_095, 4_097, 100_000}) {
                String text = piece.repeat(times);

                assertThat(MessageCodec.utf8Bytes(text)).isEqualTo(text.getBytes(UTF_8).length);
            }
        }
    }

    private String rewritten(Frame frame) {
        return switch (frame.from()) {
            case AGENT -> codec.encode(agentMessage(frame.json()));
            case GATEWAY -> codec.encode(gatewayMessage(frame.json()));
        };
    }

    private AgentMessage agentMessage(String frame) {
        return known(codec.decodeAgentMessage(frame));
    }

    private GatewayMessage gatewayMessage(String frame) {
        return known(codec.decodeGatewayMessage(frame));
    }

    private static <M> M known(Decoded<M> decoded) {
        if (decoded instanceof Decoded.Known<M> known) {
            return known.message();
        }
        throw new AssertionError("not known: " + decoded);
    }
}
