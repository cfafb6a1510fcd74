package org.ollamaorchestrator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.ollamaorchestrator.agent.connection.Enrolment;

/**
 * The token that the agent got by enrolling, on disk, with a mark of the enrolment token that it was got by: who is given
 * another enrolment token enrols again, and does not have to find and delete this file.
 */
final class TokenFile {

    private final StateFile file;

    TokenFile(String directory) {
        file = new StateFile(directory, "token");
    }

    /**
     * The token that is kept, unless there is an enrolment token by which it was not got.
     *
     * @throws ConfigurationMistake if the directory cannot be used
     */
    Optional<String> kept(Optional<String> enrolmentToken) {
        try {
            List<String> lines = file.read().stream().flatMap(String::lines).toList();
            boolean current = lines.size() == 2
                    && enrolmentToken
                            .filter(token -> !lines.getLast().equals(markOf(token)))
                            .isEmpty();
            return current ? Optional.of(lines.getFirst()) : Optional.empty();
        } catch (IOException e) {
            throw ConfigurationMistake.ofStateDirectory(e);
        }
    }

    Enrolment enrolment(String enrolmentToken) {
        return new Enrolment(enrolmentToken, own -> file.write(own + "\n" + markOf(enrolmentToken) + "\n"));
    }

    /** Nothing of the secret can be found from it. */
    private static String markOf(String enrolmentToken) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(enrolmentToken.getBytes(UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
