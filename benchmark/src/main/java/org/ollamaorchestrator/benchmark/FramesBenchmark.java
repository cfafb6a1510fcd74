package org.ollamaorchestrator.benchmark;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.ollamaorchestrator.protocol.AgentMessage;
import org.ollamaorchestrator.protocol.AgentMessage.Lines;
import org.ollamaorchestrator.protocol.GatewayMessage;
import org.ollamaorchestrator.protocol.JobId;
import org.ollamaorchestrator.protocol.codec.Decoded;
import org.ollamaorchestrator.protocol.codec.MessageCodec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The frames between agent and gateway: a chunk for each token or some tokens, a job for each request. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@NullUnmarked // JMH fills the state in by itself, before anything is measured.
public class FramesBenchmark {

    private static final JobId JOB = new JobId("0f8fad5bd9cb469fa16570867728950e-1");

    /** A request of some messages, as a chat that has gone on for a while sends it. */
    private static final String JOB_FRAME = """
            {"type":"job","jobId":"0f8fad5bd9cb469fa16570867728950e-1","operation":"chat","body":{"model":"llama3.2:3b","messages":[%s],"stream":true}}""".formatted(
                    "{\"role\":\"user\",\"content\":\"%s\"},"
                                    .formatted("a word ".repeat(40))
                                    .repeat(9) + "{\"role\":\"user\",\"content\":\"and now?\"}");

    private final MessageCodec codec = new MessageCodec();

    @Param({"1", "16"})
    private int lines;

    private Lines chunk;
    private String chunkFrame;
    private String plainChunkFrame;
    private GatewayMessage job;

    @Setup
    public void frames() {
        chunk = new Lines(JOB, 42, Answers.lines(lines));
        chunkFrame = codec.encode(chunk);
        plainChunkFrame = codec.encodePlain(chunk);
        if (!(codec.decodeGatewayMessage(JOB_FRAME) instanceof Decoded.Known<GatewayMessage>(GatewayMessage known))) {
            throw new IllegalStateException("the frame is no job");
        }
        job = known;
    }

    @Benchmark
    public String chunkIsEncoded() {
        return codec.encode(chunk);
    }

    @Benchmark
    public Decoded<AgentMessage> chunkIsDecoded() {
        return codec.decodeAgentMessage(chunkFrame);
    }

    @Benchmark
    public String plainChunkIsEncoded() {
        return codec.encodePlain(chunk);
    }

    @Benchmark
    public Decoded<AgentMessage> plainChunkIsDecoded() {
        return codec.decodeAgentMessage(plainChunkFrame);
    }

    @Benchmark
    public String jobIsEncoded() {
        return codec.encode(job);
    }

    @Benchmark
    public Decoded<GatewayMessage> jobIsDecoded() {
        return codec.decodeGatewayMessage(JOB_FRAME);
    }
}
