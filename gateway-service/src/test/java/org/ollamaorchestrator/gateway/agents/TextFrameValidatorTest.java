package org.ollamaorchestrator.gateway.agents;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TextFrameValidatorTest {

    private static final byte NEVER_IN_UTF_8 = (byte) 0xFF;
    private static final String TEXT = "a line of text, longer than eight bytes";

    private final EmbeddedChannel connection = new EmbeddedChannel(new TextFrameValidator());

    @Test
    void text_passes_untouched() {
        for (String text : new String[] {"", "x", TEXT, "é", "eleven é bytes", "\ud83d\ude00" + TEXT, TEXT + "€"}) {
            assertThat(passed(new TextWebSocketFrame(text))).isEqualTo(text.getBytes(UTF_8));
        }
    }

    @Test
    void a_byte_that_is_not_utf_8_fails_the_connection_wherever_it_is() {
        for (int at = 0; at < TEXT.length(); at++) {
            byte[] bytes = TEXT.getBytes(UTF_8);
            bytes[at] = NEVER_IN_UTF_8;
            var other = new EmbeddedChannel(new TextFrameValidator());

            assertThatThrownBy(() -> other.writeInbound(new TextWebSocketFrame(Unpooled.wrappedBuffer(bytes))))
                    .as("byte %d", at)
                    .isInstanceOf(CorruptedWebSocketFrameException.class);
        }
    }

    @Test
    void a_character_may_be_cut_by_a_fragment_and_not_by_the_end() {
        byte[] euro = "€".getBytes(UTF_8);
        byte[] begin = Arrays.copyOf(euro, 2);
        byte[] rest = {euro[2]};

        assertThat(passed(new TextWebSocketFrame(false, 0, Unpooled.wrappedBuffer(begin))))
                .isEqualTo(begin);
        assertThat(passed(new ContinuationWebSocketFrame(true, 0, Unpooled.wrappedBuffer(rest))))
                .isEqualTo(rest);
        assertThatThrownBy(() -> connection.writeInbound(new TextWebSocketFrame(Unpooled.wrappedBuffer(begin))))
                .isInstanceOf(CorruptedWebSocketFrameException.class);
    }

    private byte[] passed(WebSocketFrame frame) {
        assertThat(connection.writeInbound(frame)).isTrue();
        WebSocketFrame read = connection.readInbound();
        byte[] bytes = new byte[read.content().readableBytes()];
        read.content().readBytes(bytes);
        read.release();
        return bytes;
    }
}
