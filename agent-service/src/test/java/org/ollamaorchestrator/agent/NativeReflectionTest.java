package org.ollamaorchestrator.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.LinkedHashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.protocol.AgentMessage;
import org.ollamaorchestrator.protocol.GatewayMessage;

class NativeReflectionTest {

    @Test
    void every_message_and_all_it_is_made_of_is_registered() {
        Set<Class<?>> needed = new LinkedHashSet<>();
        gather(AgentMessage.class, needed);
        gather(GatewayMessage.class, needed);

        assertThat(NativeReflection.class
                        .getAnnotation(RegisterForReflection.class)
                        .targets())
                .containsAll(needed);
    }

    private static void gather(Type type, Set<Class<?>> found) {
        if (type instanceof ParameterizedType generic) {
            for (Type argument : generic.getActualTypeArguments()) {
                gather(argument, found);
            }
        } else if (type instanceof Class<?> plain
                && plain.getPackageName().startsWith("org.ollamaorchestrator")
                && found.add(plain)) {
            if (plain.isSealed()) {
                for (Class<?> permitted : plain.getPermittedSubclasses()) {
                    gather(permitted, found);
                }
            }
            if (plain.isRecord()) {
                for (RecordComponent component : plain.getRecordComponents()) {
                    gather(component.getGenericType(), found);
                }
            }
        }
    }
}
