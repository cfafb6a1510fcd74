package org.ollamaorchestrator.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What docs/troubleshoot.md quotes is what the services say. */
class TroubleshootDocIT {
    private static final Pattern QUOTED = Pattern.compile("`([^`\n]+)`");

    /** What others say, and what people type. */
    private static final Pattern NOT_OURS = Pattern.compile("(curl|kubectl|ollama|Port|Authorization|timeouts)\\b.*");

    @Test
    void every_sentence_that_is_quoted_is_in_the_code() throws IOException {
        String said = sources();
        String document = Files.readString(Packaged.root().resolve("docs/troubleshoot.md"))
                .replaceAll("(?s)```.*?```", "");

        List<String> sentences = QUOTED.matcher(document)
                .results()
                .map(result -> result.group(1))
                .filter(text ->
                        text.split(" ").length >= 3 && !NOT_OURS.matcher(text).matches())
                .toList();

        assertThat(sentences)
                .hasSizeGreaterThan(20)
                .allSatisfy(sentence -> assertThat(said)
                        .contains(Arrays.stream(sentence.split("…"))
                                .map(String::strip)
                                .filter(part -> !part.isEmpty())
                                .toList()));
    }

    /** All code of the services, with its strings in one piece. */
    private static String sources() {
        return Stream.of("common-model", "gateway-service", "agent-service")
                .map(module -> Packaged.root().resolve(module).resolve("src/main/java"))
                .flatMap(TroubleshootDocIT::javaFiles)
                .map(TroubleshootDocIT::text)
                .collect(Collectors.joining())
                .replaceAll("\"\\s*\\+\\s*\"", "")
                .replace("\\\"", "\"");
    }

    private static Stream<Path> javaFiles(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
