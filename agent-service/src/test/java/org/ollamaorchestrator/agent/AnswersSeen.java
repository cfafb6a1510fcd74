package org.ollamaorchestrator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ollamaorchestrator.protocol.AgentMessage;
import org.ollamaorchestrator.protocol.AgentMessage.JobComplete;
import org.ollamaorchestrator.protocol.AgentMessage.JobError;
import org.ollamaorchestrator.protocol.AgentMessage.LinePart;
import org.ollamaorchestrator.protocol.AgentMessage.Lines;
import org.ollamaorchestrator.protocol.JobId;

/**
 * What a gateway has of each job's answer, over all the connections that it came on. Whatever a gateway would close a
 * connection for is a mistake here.
 */
final class AnswersSeen {

    private static final class Answer {
        final List<String> lines = new ArrayList<>();
        final StringBuilder piece = new StringBuilder();
        int nextPart;
        long acked;
        int ends;
    }

    private final int windowLines;
    private final int windowBytes;
    private final Map<JobId, Answer> answers = new HashMap<>();
    private final List<String> mistakes = new ArrayList<>();

    AnswersSeen(int windowLines, int windowBytes) {
        this.windowLines = windowLines;
        this.windowBytes = windowBytes;
    }

    synchronized void see(AgentMessage message) {
        switch (message) {
            case Lines(JobId id, long seq, List<String> lines) -> {
                Answer answer = expecting(id, seq, 0);
                lines.forEach(line -> add(answer, line));
            }
            case LinePart(JobId id, long seq, int part, boolean more, String data) -> {
                Answer answer = expecting(id, seq, part);
                answer.piece.append(data);
                answer.nextPart++;
                if (!more) {
                    String line = answer.piece.toString();
                    startLine(answer);
                    add(answer, line);
                }
            }
            case JobComplete(JobId id, Long lastSeq) -> {
                Answer answer = answer(id);
                answer.ends++;
                if (lastSeq == null || lastSeq != answer.lines.size() || answer.nextPart != 0) {
                    mistakes.add("%s ended after %s with %d lines".formatted(id, lastSeq, answer.lines.size()));
                }
            }
            case JobError error -> mistakes.add(error.toString());
            default -> {}
        }
    }

    /** A new connection: the pieces of a line that the old one brought are nothing. */
    synchronized long received(JobId id) {
        startLine(answer(id));
        return answer(id).lines.size();
    }

    synchronized void acked(JobId id, long seq) {
        answer(id).acked = seq;
    }

    synchronized List<String> lines(JobId id) {
        return List.copyOf(answer(id).lines);
    }

    synchronized boolean ended(JobId id) {
        return answer(id).ends > 0;
    }

    synchronized List<String> mistakes() {
        return List.copyOf(mistakes);
    }

    private Answer answer(JobId id) {
        return answers.computeIfAbsent(id, any -> new Answer());
    }

    private Answer expecting(JobId id, long seq, int part) {
        Answer answer = answer(id);
        if (seq != answer.lines.size() + 1L || part != answer.nextPart || answer.ends > 0) {
            mistakes.add("%s: line %d part %d came when line %d part %d was due, after %d ends"
                    .formatted(id, seq, part, answer.lines.size() + 1, answer.nextPart, answer.ends));
        }
        return answer;
    }

    private void add(Answer answer, String line) {
        List<String> unacked = answer.lines.subList((int) answer.acked, answer.lines.size());
        int bytes = unacked.stream().mapToInt(one -> one.getBytes(UTF_8).length).sum();
        if (unacked.size() >= windowLines || bytes >= windowBytes) {
            mistakes.add("line %d is beyond the window".formatted(answer.lines.size() + 1));
        }
        answer.lines.add(line);
    }

    private static void startLine(Answer answer) {
        answer.piece.setLength(0);
        answer.nextPart = 0;
    }
}
