package org.ollamaorchestrator.protocol.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.ollamaorchestrator.protocol.AgentMessage;
import org.ollamaorchestrator.protocol.AgentMessage.Lines;
import org.ollamaorchestrator.protocol.GatewayMessage;
import org.ollamaorchestrator.protocol.JobId;

/** Whatever a peer sends is a message, a message of a later version, or told to be none: never an exception. */
@NullMarked
class MessageCodecFuzzTest {

    private final MessageCodec codec = new MessageCodec();

    @FuzzTest
    void any_text_from_an_agent_is_decoded_or_refused(byte[] frame) {
        String text = new String(frame, UTF_8);

        if (codec.decodeAgentMessage(text) instanceof Decoded.Known<AgentMessage>(var message)) {
            assertThat(codec.decodeAgentMessage(codec.encode(message))).isInstanceOf(Decoded.Known.class);
        }
    }

    /** Frames of lines have a reader of their own, which a space in front keeps out. */
    @FuzzTest
    void a_frame_of_lines_means_the_same_to_both_of_its_readers(byte[] rest) {
        String frame = ("{\"type\":\"chunk\",\"jobId\":\"" + new String(rest, UTF_8)).replace('\n', ' ');

        assertThat(codec.decodeAgentMessage(frame)).isEqualTo(codec.decodeAgentMessage(" " + frame));
    }

    @FuzzTest
    void plain_lines_are_the_texts_between_the_newlines(byte[] rest) {
        String text = new String(rest, UTF_8);
        String frame = "{\"type\":\"chunk\",\"jobId\":\"j\",\"seq\":7}\n" + text;

        assertThat(codec.decodeAgentMessage(frame))
                .isEqualTo(
                        new Decoded.Known<AgentMessage>(new Lines(new JobId("j"), 7, List.of(text.split("\n", -1)))));
    }

    @FuzzTest
    void any_text_from_a_gateway_is_decoded_or_refused(byte[] frame) {
        String text = new String(frame, UTF_8);

        if (codec.decodeGatewayMessage(text) instanceof Decoded.Known<GatewayMessage>(var message)) {
            assertThat(codec.decodeGatewayMessage(codec.encode(message))).isInstanceOf(Decoded.Known.class);
        }
    }
}
