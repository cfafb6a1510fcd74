package org.ollamaorchestrator.gateway.api.openai;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.ollamaorchestrator.benchmark.Answers;
import org.ollamaorchestrator.gateway.api.stream.EventDialect;
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

/** Ollama's lines as events of OpenAI's chat completions. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@NullUnmarked // JMH fills the state in by itself, before anything is measured.
public class ChatEventsBenchmark {

    @Param({"1", "16"})
    private int lines;

    private List<String> answer;
    private EventDialect dialect;

    @Setup
    public void answer() {
        answer = Answers.lines(lines);
        dialect = new ChatEvents(
                new AnswerHead("0f8fad5bd9cb469f", Instant.EPOCH, "llama3.2:3b"), new ChatForm(false, false));
    }

    @Benchmark
    public byte[] linesAreTranslated() {
        return dialect.events(answer);
    }
}
