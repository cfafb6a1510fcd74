package org.ollamaorchestrator.gateway.scheduling;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which beginnings of conversations went to an agent last: what its Ollama's prompt cache may still hold. */
final class PrefixCache {

    private static final int PREFIXES_MAX = 1_024;

    private final Map<Long, Long> bytesByHash = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
            return size() > PREFIXES_MAX;
        }
    };

    void went(Prompt prompt) {
        prompt.prefixes().forEach(prefix -> bytesByHash.put(prefix.hash(), prefix.bytes()));
    }

    /** How many bytes of the prompt need not be read again. */
    long held(Prompt prompt) {
        List<Prompt.Prefix> prefixes = prompt.prefixes();
        for (int i = prefixes.size() - 1; i >= 0; i--) {
            if (bytesByHash.containsKey(prefixes.get(i).hash())) {
                return prefixes.get(i).bytes();
            }
        }
        return 0;
    }
}
