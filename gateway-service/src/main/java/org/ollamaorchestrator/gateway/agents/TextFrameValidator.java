package org.ollamaorchestrator.gateway.agents;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.Utf8FrameValidator;

/**
 * Fails a connection whose text frames are not UTF-8, as Netty's does, which takes a step for each byte: of ASCII, as most of
 * what agents send is, it looks at eight at once.
 */
final class TextFrameValidator extends Utf8FrameValidator {

    /** The bit of each byte that is in no ASCII character. */
    private static final long NOT_ASCII = 0x8080808080808080L;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        if (message instanceof TextWebSocketFrame text && text.isFinalFragment() && isAscii(text.content())) {
            context.fireChannelRead(message);
        } else {
            super.channelRead(context, message);
        }
    }

    private static boolean isAscii(ByteBuf bytes) {
        int at = bytes.readerIndex();
        int end = bytes.writerIndex();
        while (at <= end - Long.BYTES) {
            if ((bytes.getLong(at) & NOT_ASCII) != 0) {
                return false;
            }
            at += Long.BYTES;
        }
        while (at < end) {
            if (bytes.getByte(at) < 0) {
                return false;
            }
            at++;
        }
        return true;
    }
}
