package org.ollamaorchestrator.gateway.api.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.ollamaorchestrator.gateway.api.stream.EventDialect;
import org.ollamaorchestrator.protocol.JobFailure;

/** A response as a stream of events; its last one says how it ended, whatever happened. */
final class ResponseEvents implements EventDialect {

    private final ResponseJson response;
    private final ResponseOutput output;
    private final StringBuilder unwritten = new StringBuilder();
    private long sequence;
    private boolean begun;
    private boolean done;

    ResponseEvents(ResponseJson response, String key) {
        this.response = response;
        this.output = new ResponseOutput(key, this::write);
    }

    @Override
    public byte[] events(List<String> lines) {
        for (String each : lines) {
            OllamaLine line = OllamaLine.ofChat(each);
            if (line.done() || !line.isSilent()) {
                begin();
                output.add(line);
            }
            if (line.done()) {
                finish(line);
            }
        }
        return written();
    }

    /** The first silence is filled with the beginning. */
    @Override
    public byte[] keepAlive() {
        if (begun) {
            return EventDialect.super.keepAlive();
        }
        begin();
        return written();
    }

    @Override
    public byte[] end() {
        return done ? new byte[0] : failure(OllamaLine.endedEarly());
    }

    @Override
    public byte[] failure(JobFailure failure) {
        begin();
        output.cutShort();
        write("response.failed", of(response.failed(output.items(), failure)));
        return written();
    }

    private void begin() {
        if (!begun) {
            begun = true;
            write("response.created", of(response.inProgress()));
            write("response.in_progress", of(response.inProgress()));
        }
    }

    private void finish(OllamaLine last) {
        done = true;
        if (last.cutShort()) {
            output.cutShort();
        } else {
            output.finish();
        }
        write(last.cutShort() ? "response.incomplete" : "response.completed", of(response.ended(output.items(), last)));
    }

    private static ObjectNode of(ObjectNode response) {
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        event.set("response", response);
        return event;
    }

    private void write(String type, ObjectNode event) {
        event.put("type", type).put("sequence_number", sequence);
        sequence++;
        unwritten
                .append("event: ")
                .append(type)
                .append("\ndata: ")
                .append(event)
                .append("\n\n");
    }

    private byte[] written() {
        byte[] bytes = unwritten.toString().getBytes(UTF_8);
        unwritten.setLength(0);
        return bytes;
    }
}
