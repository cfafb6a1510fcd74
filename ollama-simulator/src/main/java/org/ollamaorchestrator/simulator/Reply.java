package org.ollamaorchestrator.simulator;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The tokens that one script says to one request: thoughts, then words, then calls of tools. */
record Reply(Script script, List<String> thoughts, int size, boolean limited) {

    /** One token, which is one line of a stream. */
    sealed interface Piece {
        record Thought(String text) implements Piece {}

        record Word(String text) implements Piece {}

        record Calls(List<Script.ToolCall> calls) implements Piece {}
    }

    static Reply to(Ask ask, Script script) {
        List<String> thoughts = Boolean.FALSE.equals(ask.think()) ? List.of() : script.thinking();
        int calls = script.toolCalls().isEmpty() ? 0 : 1;
        int all = thoughts.size() + script.textCount() + calls;
        @Nullable Integer limit = ask.limit();
        boolean limited = limit != null && limit < all;
        return new Reply(script, thoughts, limited && limit != null ? limit : all, limited);
    }

    /** Made when it is sent, because a token may carry the time. */
    Piece piece(int index) {
        if (index < thoughts.size()) {
            return new Piece.Thought(thoughts.get(index));
        }
        int word = index - thoughts.size();
        return word < script.textCount() ? new Piece.Word(script.text(word)) : new Piece.Calls(script.toolCalls());
    }

    String doneReason() {
        return limited ? "length" : "stop";
    }

    /** Everything at once, for an answer that is not streamed. */
    Whole whole() {
        List<Piece> pieces = IntStream.range(0, size).mapToObj(this::piece).toList();
        return new Whole(
                pieces.stream()
                        .map(piece -> piece instanceof Piece.Thought(String text) ? text : "")
                        .collect(Collectors.joining()),
                pieces.stream()
                        .map(piece -> piece instanceof Piece.Word(String text) ? text : "")
                        .collect(Collectors.joining()),
                pieces.stream().anyMatch(Piece.Calls.class::isInstance) ? script.toolCalls() : List.of());
    }

    record Whole(String thought, String words, List<Script.ToolCall> calls) {}
}
