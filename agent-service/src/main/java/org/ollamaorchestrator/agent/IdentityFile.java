package org.ollamaorchestrator.agent;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.Supplier;
import org.ollamaorchestrator.protocol.AgentId;

/** The agent's identity on disk, so that it is the same agent after a restart. Readable by its owner only. */
final class IdentityFile {

    private static final String NAME = "agent-id";

    private final Path file;

    IdentityFile(String directory) {
        file = Path.of(directory).resolve(NAME);
    }

    /**
     * The identity that is kept; a new one if there was none.
     *
     * @throws ConfigurationMistake if the directory cannot be used
     */
    AgentId keep(Supplier<AgentId> fresh) {
        try {
            if (Files.exists(file)) {
                return new AgentId(Files.readString(file).strip());
            }
            AgentId id = fresh.get();
            write(id);
            return id;
        } catch (FileSystemException e) {
            throw new ConfigurationMistake("orchestrator.state-dir cannot be used: " + e.getFile() + ": "
                    + (e.getReason() == null ? e.getClass().getSimpleName() : e.getReason()));
        } catch (IOException e) {
            throw new ConfigurationMistake("orchestrator.state-dir cannot be used: " + e.getMessage());
        }
    }

    /** Written beside and moved, so that a file that is there is whole. */
    private void write(AgentId id) throws IOException {
        Path directory = Files.createDirectories(file.toAbsolutePath().getParent());
        Path beside = Files.createTempFile(directory, NAME, ".new", ownerOnly(directory));
        Files.writeString(beside, id.value() + System.lineSeparator());
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static FileAttribute<?>[] ownerOnly(Path directory) {
        boolean posix = directory.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }
}
