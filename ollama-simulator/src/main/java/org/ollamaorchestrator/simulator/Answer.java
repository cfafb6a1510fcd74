package org.ollamaorchestrator.simulator;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/** Answers one request that has its slot, as its script says. */
final class Answer {
    static final String JSON = "application/json; charset=utf-8";
    static final String NDJSON = "application/x-ndjson";
    private static final String RUNNER_DIED = "an error was encountered while running the model: unexpected EOF";

    /** Tokens written in one go before other requests have theirs. */
    private static final int BURST = 64;

    private final Vertx vertx;
    private final Exchange exchange;
    private final Ask ask;
    private static final int HUGE_LINE_TRIES = 20;

    private final Script script;
    private final SimulatedModel model;
    private final Reply reply;
    private final long startNanos;
    private final long loadNanos;
    private long firstTokenNanos;
    /** When token 0 was due; moved on whenever a slow client held the stream up. */
    private long scheduleNanos;

    private int sent;
    private int upTo;

    Answer(Vertx vertx, Exchange exchange, Ask ask, Script script, SimulatedModel model, long loadNanos) {
        this.vertx = vertx;
        this.exchange = exchange;
        this.ask = ask;
        this.script = script;
        this.model = model;
        this.reply = Reply.to(ask, script);
        this.loadNanos = loadNanos;
        this.startNanos = System.nanoTime();
    }

    void begin() {
        exchange.splitInto(script.splitBytes() == null ? 0 : script.splitBytes());
        exchange.enter(Phase.PREFILL);
        exchange.after(ask.speaks() ? script.firstTokenMs() : 0, this::promptRead);
    }

    private void promptRead() {
        firstTokenNanos = System.nanoTime();
        scheduleNanos = firstTokenNanos;
        switch (script.course()) {
            case Course.Hang hang -> exchange.enter(Phase.HANGING);
            case Course.Refuse(int status, String body) ->
                exchange.send(status, JSON, Buffer.buffer(body), Outcome.FAILED);
            // A load has no tokens: what the script says of them is for the answers that follow.
            case Course.Replay _, Course.Speak _
            when !ask.speaks() -> exchange.send(200, JSON, OllamaJson.idle(ask, "load"), Outcome.COMPLETE);
            case Course.Replay(int status, String contentType, String body) -> replay(status, contentType, body);
            case Course.Speak(int most, Course.End end) -> speak(most, end);
        }
    }

    private void speak(int most, Course.End end) {
        exchange.enter(Phase.STREAMING);
        boolean words = switch (ask.kind()) {
            case CHAT, GENERATE -> true;
            case EMBED, EMBEDDINGS -> false;
        };
        upTo = words ? Math.min(most, reply.size()) : 0;
        if (words && ask.stream()) {
            exchange.begin(200, NDJSON);
            stream(end);
        } else {
            gather(end);
        }
    }

    /** Writes what is due and comes back for the rest: on a timer, or when the client has read. */
    private void stream(Course.End end) {
        for (int burst = 0; sent < upTo; burst++) {
            if (exchange.crowded()) {
                exchange.onRoom(() -> {
                    scheduleNanos = System.nanoTime() - paceNanos(sent);
                    stream(end);
                });
                return;
            }
            double millisLeft = (scheduleNanos + paceNanos(sent) - System.nanoTime()) / 1e6;
            if (millisLeft > 0) {
                exchange.after(millisLeft, () -> stream(end));
                return;
            }
            if (burst == BURST) {
                vertx.runOnContext(others -> ifRunning(() -> stream(end)));
                return;
            }
            Buffer line = nextLine();
            if (script.splitBytes() != null) {
                exchange.write(line).onSuccess(written -> ifRunning(() -> stream(end)));
                return;
            }
            exchange.write(line).onFailure(lost -> {});
        }
        endStream(end);
    }

    private Buffer nextLine() {
        Buffer line = sent == 0 && script.lineBytes() > 0 ? hugeLine() : OllamaJson.line(ask, reply.piece(sent));
        sent++;
        exchange.counted(1);
        return line;
    }

    private Buffer hugeLine() {
        Reply.Piece piece = reply.piece(0);
        String text = piece instanceof Reply.Piece.Word(String word) ? word : "";
        // created_at varies in length with the clock, so the line is measured, and made again until it fits.
        Buffer line = OllamaJson.line(ask, new Reply.Piece.Word(text));
        for (int tries = 0; line.length() != script.lineBytes() && tries < HUGE_LINE_TRIES; tries++) {
            int missing = script.lineBytes()
                    - OllamaJson.line(ask, new Reply.Piece.Word(text)).length();
            line = OllamaJson.line(ask, new Reply.Piece.Word(text + "x".repeat(Math.max(0, missing))));
        }
        return line;
    }

    private void endStream(Course.End end) {
        switch (end) {
            case FINISH -> lastLine(OllamaJson.lastLine(ask, reply, counters()), Outcome.COMPLETE);
            case ERROR -> lastLine(OllamaJson.errorLine(RUNNER_DIED), Outcome.FAILED);
            case STALL -> exchange.enter(Phase.STALLED);
            case CUT -> exchange.cut();
            case RESET -> exchange.reset();
        }
    }

    private void lastLine(Buffer line, Outcome outcome) {
        exchange.write(line).onFailure(lost -> {});
        exchange.finish(outcome);
    }

    /** Takes the time that streaming would have taken. */
    private void gather(Course.End end) {
        exchange.after(paceNanos(upTo) / 1e6, () -> {
            sent = upTo;
            exchange.counted(sent);
            gathered(end);
        });
    }

    private void gathered(Course.End end) {
        switch (end) {
            case FINISH -> exchange.send(200, JSON, wholeBody(), Outcome.COMPLETE);
            case ERROR -> exchange.send(500, JSON, OllamaJson.error(RUNNER_DIED), Outcome.FAILED);
            case STALL -> exchange.enter(Phase.STALLED);
            case CUT -> exchange.cut();
            case RESET -> exchange.reset();
        }
    }

    private Buffer wholeBody() {
        return switch (ask.kind()) {
            case CHAT, GENERATE -> OllamaJson.whole(ask, reply, counters());
            case EMBED, EMBEDDINGS -> OllamaJson.embeddings(ask, embeddingLength(), counters());
        };
    }

    private int embeddingLength() {
        if (script.embeddings() != null) {
            return script.embeddings();
        }
        return ask.dimensions() == null ? model.embeddingLength() : Math.min(ask.dimensions(), model.embeddingLength());
    }

    /** Byte for byte, a recorded stream line by line as Ollama framed it. */
    private void replay(int status, String contentType, String body) {
        exchange.enter(Phase.STREAMING);
        Outcome outcome = status < 400 ? Outcome.COMPLETE : Outcome.FAILED;
        if (!contentType.startsWith(NDJSON)) {
            exchange.send(status, contentType, Buffer.buffer(body), outcome);
            return;
        }
        exchange.begin(status, contentType);
        replayFrom(body.getBytes(StandardCharsets.UTF_8), 0, outcome);
    }

    private void replayFrom(byte[] bytes, int from, Outcome outcome) {
        if (from == bytes.length) {
            exchange.finish(outcome);
            return;
        }
        int end = from;
        while (end < bytes.length && bytes[end] != '\n') {
            end++;
        }
        int next = Math.min(end + 1, bytes.length);
        Buffer line = Buffer.buffer(next - from).appendBytes(bytes, from, next - from);
        exchange.counted(1);
        // By way of the loop: a write that completes at once would otherwise make each line a level of the stack.
        exchange.write(line)
                .onSuccess(written -> vertx.runOnContext(later ->
                        ifRunning(() -> exchange.after(script.paceMs(), () -> replayFrom(bytes, next, outcome)))));
    }

    private OllamaJson.Counters counters() {
        long now = System.nanoTime();
        return new OllamaJson.Counters(
                loadNanos + now - startNanos,
                loadNanos,
                ask.promptTokens(),
                firstTokenNanos - startNanos,
                sent,
                now - firstTokenNanos);
    }

    private void ifRunning(Runnable then) {
        if (!exchange.ended()) {
            then.run();
        }
    }

    private long paceNanos(int tokens) {
        return (long) (tokens * script.paceMs() * 1e6);
    }
}
