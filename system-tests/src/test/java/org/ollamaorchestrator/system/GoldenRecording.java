package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What a real Ollama was asked, and what it answered: see the resources under {@code golden}. */
record GoldenRecording(String version, String name, String path, JsonNode request, Path file) {
    private static final String META = ".meta.json";
    private static final byte[] LINE_END = {'\r', '\n'};

    static List<GoldenRecording> of(String version) {
        Path folder = Optionally.resource("/golden/" + version);
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(META))
                    .map(file -> file.substring(0, file.length() - META.length()))
                    .sorted()
                    .map(name -> read(folder, version, name))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static GoldenRecording read(Path folder, String version, String name) {
        try {
            JsonNode meta = Http.json(Files.readString(folder.resolve(name + META)));
            String[] methodAndPath = meta.path("request").asText().split(" ", 2);
            return new GoldenRecording(
                    version, name, methodAndPath[1], meta.path("request_body"), folder.resolve(name + ".http"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String model() {
        return request.path("model").asText();
    }

    /** What the request's name says of its headers. */
    Map<String, String> headers() {
        return name.equals("no-content-type") ? Map.of() : GoldenClient.JSON;
    }

    GoldenAnswer answer() {
        return GoldenAnswer.ofHeadAndBody(headAndBody());
    }

    private byte[] headAndBody() {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The answer framed as Ollama did: a stream's lines each in a chunk. */
    byte[] onTheWire() {
        GoldenAnswer answer = answer();
        if (!answer.isChunked()) {
            return headAndBody();
        }
        byte[] body = answer.body();
        var wire = new ByteArrayOutputStream();
        byte[] all = headAndBody();
        wire.write(all, 0, all.length - body.length);
        boolean inLines = answer.contentType().startsWith("application/x-ndjson");
        int from = 0;
        for (int i = 0; i < body.length; i++) {
            if ((inLines && body[i] == '\n') || i == body.length - 1) {
                writeChunk(wire, body, from, i + 1 - from);
                from = i + 1;
            }
        }
        writeChunk(wire, body, 0, 0);
        return wire.toByteArray();
    }

    private static void writeChunk(ByteArrayOutputStream wire, byte[] bytes, int from, int length) {
        wire.writeBytes(Integer.toHexString(length).getBytes(ISO_8859_1));
        wire.writeBytes(LINE_END);
        wire.write(bytes, from, length);
        wire.writeBytes(LINE_END);
    }

    @Override
    public String toString() {
        return version + " " + name;
    }
}
