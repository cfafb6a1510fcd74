package org.ollamaorchestrator.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.protocol.AgentMessage;
import org.ollamaorchestrator.protocol.GatewayMessage;

@NullMarked
class NativeReflectionTest {

    @Test
    void every_type_that_a_message_is_made_of_is_registered() {
        var registered = Set.of(NativeReflection.class
                .getAnnotation(RegisterForReflection.class)
                .targets());

        assertThat(registered).containsAll(reachableFrom(List.of(AgentMessage.class, GatewayMessage.class)));
    }

    private static Set<Class<?>> reachableFrom(List<Class<?>> roots) {
        var found = new LinkedHashSet<Class<?>>();
        roots.forEach(root -> collect(root, found));
        return found;
    }

    private static void collect(Type type, Set<Class<?>> found) {
        if (type instanceof ParameterizedType generic) {
            for (Type argument : generic.getActualTypeArguments()) {
                collect(argument, found);
            }
        } else if (type instanceof Class<?> seen
                && seen.getName().startsWith("org.ollamaorchestrator.")
                && found.add(seen)) {
            if (seen.getPermittedSubclasses() != null) {
                for (Class<?> permitted : seen.getPermittedSubclasses()) {
                    collect(permitted, found);
                }
            }
            if (seen.isRecord()) {
                for (RecordComponent component : seen.getRecordComponents()) {
                    collect(component.getGenericType(), found);
                }
            }
        }
    }
}
