package org.ollamaorchestrator.gateway.observability;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What is remembered until something is heard of it again: no more than a number, and the oldest is forgotten for a new one. */
final class Latest<K, V> {

    private static final int MAX = 10_000;

    private final Map<K, V> entries = new LinkedHashMap<>();

    void put(K key, V value) {
        entries.put(key, value);
        if (entries.size() > MAX) {
            Iterator<K> oldest = entries.keySet().iterator();
            var _ = oldest.next();
            oldest.remove();
        }
    }

    @Nullable V get(K key) {
        return entries.get(key);
    }

    @CanIgnoreReturnValue
    @Nullable V remove(K key) {
        return entries.remove(key);
    }

    void removeIf(Predicate<V> condition) {
        entries.values().removeIf(condition);
    }
}
