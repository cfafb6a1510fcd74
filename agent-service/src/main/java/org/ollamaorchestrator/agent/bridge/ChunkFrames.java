package org.ollamaorchestrator.agent.bridge;

import java.util.ArrayList;
import java.util.List;
import org.ollamaorchestrator.protocol.AgentMessage.Chunk;
import org.ollamaorchestrator.protocol.AgentMessage.LinePart;
import org.ollamaorchestrator.protocol.AgentMessage.Lines;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.ProtocolLimits;
import org.ollamaorchestrator.protocol.codec.MessageCodec;

/**
 * Lines to few frames: none over 64 KB encoded, a longer line in parts. Only a line that may be too long for a frame is
 * counted; of the short ones that tokens are, a frame holds as many as fit whatever is in them.
 */
final class ChunkFrames {

    /** The braces, names and numbers of a chunk, generously. */
    private static final int ENVELOPE_BYTES = 160;

    /** A line's quotes and comma. */
    private static final int LINE_ENVELOPE_BYTES = 3;

    private final JobId jobId;
    private final int room;
    private final List<Chunk> frames = new ArrayList<>();
    private List<String> gathered = new ArrayList<>();
    private int gatheredBytes;
    private long seq;

    private ChunkFrames(JobId jobId, long firstSeq) {
        this.jobId = jobId;
        room = ProtocolLimits.FRAME_BYTES_MAX - ENVELOPE_BYTES - MessageCodec.encodedBytes(jobId.value());
        seq = firstSeq;
    }

    /** @param firstSeq the number of the first of these lines */
    static List<Chunk> of(JobId jobId, long firstSeq, List<String> lines) {
        ChunkFrames frames = new ChunkFrames(jobId, firstSeq);
        lines.forEach(frames::add);
        frames.closeFrame();
        return frames.frames;
    }

    private void add(String line) {
        int bytes = encodedBytesAtMost(line) + LINE_ENVELOPE_BYTES;
        if (bytes > room) {
            closeFrame();
            addInParts(line);
            return;
        }
        if (gatheredBytes + bytes > room) {
            closeFrame();
        }
        gathered.add(line);
        gatheredBytes += bytes;
    }

    private int encodedBytesAtMost(String line) {
        int bytes = line.length() * MessageCodec.ENCODED_BYTES_OF_UNIT_MAX;
        return bytes + LINE_ENVELOPE_BYTES > room ? MessageCodec.encodedBytes(line) : bytes;
    }

    private void closeFrame() {
        if (!gathered.isEmpty()) {
            frames.add(new Lines(jobId, seq, gathered));
            seq += gathered.size();
            gathered = new ArrayList<>();
            gatheredBytes = 0;
        }
    }

    private void addInParts(String line) {
        int part = 0;
        int from = 0;
        while (from < line.length()) {
            int to = endOfPart(line, from);
            frames.add(new LinePart(jobId, seq, part, to < line.length(), line.substring(from, to)));
            part++;
            from = to;
        }
        seq++;
    }

    private int endOfPart(String line, int from) {
        int bytes = 0;
        int to = from;
        while (to < line.length()) {
            bytes += MessageCodec.encodedBytes(line.charAt(to));
            if (bytes > room) {
                // The halves of a surrogate pair stay together: alone, neither is valid UTF-8.
                return Character.isLowSurrogate(line.charAt(to)) && Character.isHighSurrogate(line.charAt(to - 1))
                        ? to - 1
                        : to;
            }
            to++;
        }
        return to;
    }
}
