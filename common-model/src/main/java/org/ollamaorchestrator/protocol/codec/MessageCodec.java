package org.ollamaorchestrator.protocol.codec;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.ollamaorchestrator.protocol.AgentMessage;
import org.ollamaorchestrator.protocol.AgentMessage.Lines;
import org.ollamaorchestrator.protocol.CloseCode;
import org.ollamaorchestrator.protocol.GatewayMessage;
import org.ollamaorchestrator.protocol.ProtocolLimits;

/**
 * Text frames to messages and back, for both directions. Strict about types and required fields, lenient about fields it
 * does not know; a message has no absent value written as null. Safe for use by many threads.
 */
public final class MessageCodec {

    /** What a control character takes. */
    public static final int ENCODED_BYTES_OF_UNIT_MAX = 6;

    private static final int TYPE_CHARS_SHOWN = 64;

    /** A text that is copied at no cost worth telling. */
    private static final int SHORT_CHARS_MAX = 4_096;

    private final ObjectReader agentMessages;
    private final ObjectReader gatewayMessages;
    private final ObjectWriter agentWriter;
    private final ObjectWriter gatewayWriter;
    private final LinesFrames linesFrames;

    public MessageCodec() {
        ObjectMapper mapper = strictMapper();
        agentMessages = mapper.readerFor(AgentMessage.class);
        gatewayMessages = mapper.readerFor(GatewayMessage.class);
        agentWriter = mapper.writerFor(AgentMessage.class);
        gatewayWriter = mapper.writerFor(GatewayMessage.class);
        linesFrames = new LinesFrames(mapper.getFactory());
    }

    /** Reads what an agent said; lines may be in a plain chunk. */
    public Decoded<AgentMessage> decodeAgentMessage(String frame) {
        return linesFrames.read(frame).orElseGet(() -> decode(agentMessages, frame));
    }

    /** Reads what a gateway said. */
    public Decoded<GatewayMessage> decodeGatewayMessage(String frame) {
        return decode(gatewayMessages, frame);
    }

    public String encode(AgentMessage message) {
        return message instanceof Lines lines ? linesFrames.write(lines) : encode(agentWriter, message);
    }

    /**
     * Lines without quotes, for a gateway whose {@code welcome} says {@code plainLines}: the chunk's object in the frame's first line,
     * and each of Ollama's in one of its own after it. As JSON, if a text has a newline in it or the job's name has to be escaped.
     */
    public String encodePlain(Lines lines) {
        return linesFrames.writePlain(lines);
    }

    public String encode(GatewayMessage message) {
        return encode(gatewayWriter, message);
    }

    /**
     * At most how many bytes {@code text} takes as a JSON string, without its quotes: what a sender needs to keep a frame under
     * {@link ProtocolLimits#FRAME_BYTES_MAX}.
     */
    public static int encodedBytes(CharSequence text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            bytes += encodedBytes(text.charAt(i));
        }
        return bytes;
    }

    /** The same for one UTF-16 unit; either half of a surrogate pair is 2 of the pair's 4 bytes. */
    public static int encodedBytes(char unit) {
        if (unit == '"' || unit == '\\') {
            return 2;
        }
        if (unit < 0x20) {
            return ENCODED_BYTES_OF_UNIT_MAX;
        }
        if (unit < 0x80) {
            return 1;
        }
        return unit < 0x800 || Character.isSurrogate(unit) ? 2 : 3;
    }

    /** The bytes of a text in UTF-8. A short one is encoded for it, which the JVM does many units at a time; a long one is not copied. */
    public static int utf8Bytes(String text) {
        return text.length() <= SHORT_CHARS_MAX ? text.getBytes(StandardCharsets.UTF_8).length : utf8BytesCounted(text);
    }

    private static int utf8BytesCounted(String text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            bytes += unit < 0x80 ? 1 : unit < 0x800 || Character.isSurrogate(unit) ? 2 : 3;
        }
        return bytes;
    }

    /**
     * Cuts a text into pieces that each take at most {@code encodedBytesMax} as a JSON string. No surrogate pair is cut, so
     * that each piece is a text of its own.
     */
    public static List<String> split(String text, int encodedBytesMax) {
        var pieces = new ArrayList<String>();
        int start = 0;
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            int unit = encodedBytes(text.charAt(i));
            boolean pair = Character.isHighSurrogate(text.charAt(i));
            if (bytes + (pair ? 2 * unit : unit) > encodedBytesMax && !Character.isLowSurrogate(text.charAt(i))) {
                pieces.add(text.substring(start, i));
                start = i;
                bytes = 0;
            }
            bytes += unit;
        }
        pieces.add(text.substring(start));
        return pieces;
    }

    private static ObjectMapper strictMapper() {
        return JsonMapper.builder()
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                // A client's numbers reach Ollama as the client wrote them, whatever a double can hold.
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                .withCoercionConfig(
                        LogicalType.Textual,
                        config -> config.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                                .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                                .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
                .defaultPropertyInclusion(
                        JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
                .build();
    }

    private static <M> Decoded<M> decode(ObjectReader reader, String frame) {
        try (JsonParser parser = reader.createParser(frame)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return new Decoded.Malformed<>(CloseCode.NOT_JSON, "not a JSON object");
            }
            M message = reader.readValue(parser);
            return parser.nextToken() == null
                    ? new Decoded.Known<>(message)
                    : new Decoded.Malformed<>(CloseCode.NOT_JSON, "more than one JSON value");
        } catch (InvalidTypeIdException e) {
            return typeIsText(reader, frame)
                    ? new Decoded.UnknownType<>(shown(e.getTypeId()))
                    : new Decoded.Malformed<>(CloseCode.BAD_MESSAGE, "type is missing or not a text");
        } catch (JsonMappingException e) {
            return e.getCause() instanceof StreamReadException
                    ? new Decoded.Malformed<>(CloseCode.NOT_JSON, "not valid JSON")
                    : new Decoded.Malformed<>(CloseCode.BAD_MESSAGE, reasonOf(e));
        } catch (JsonProcessingException e) {
            return new Decoded.Malformed<>(CloseCode.NOT_JSON, "not valid JSON");
        } catch (NumberFormatException e) {
            // Of an exponent of absurd length, which Jackson does not tell as an error of its own.
            return new Decoded.Malformed<>(CloseCode.NOT_JSON, "a number is out of all range");
        } catch (IOException e) {
            throw new UncheckedIOException("reading a string cannot fail", e);
        }
    }

    private static boolean typeIsText(ObjectReader reader, String frame) {
        try {
            JsonNode type = reader.forType(JsonNode.class).readTree(frame).path("type");
            return type.isTextual();
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    private static String shown(String type) {
        return type.length() <= TYPE_CHARS_SHOWN ? type : type.substring(0, TYPE_CHARS_SHOWN) + "…";
    }

    /** The path of the field; our own constructors' sentences, which name no content, but none of Jackson's, which do. */
    private static String reasonOf(JsonMappingException e) {
        String path = e.getPath().stream()
                .map(reference -> reference.getFieldName() == null ? "[]" : reference.getFieldName())
                .collect(Collectors.joining("."));
        String what = e instanceof ValueInstantiationException && e.getCause() instanceof IllegalArgumentException own
                ? own.getMessage()
                : "missing, null or of the wrong type";
        return path.isEmpty() ? String.valueOf(what) : path + ": " + what;
    }

    private static <M> String encode(ObjectWriter writer, M message) {
        try {
            return writer.writeValueAsString(message);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a message of ours cannot be written", e);
        }
    }
}
