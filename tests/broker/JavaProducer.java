import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Produces the records read from standard input with the Java client and its own partitioner.
 *
 * <p>A line a record, fields apart by tabs: topic, partition, timestamp, key, value, then a name
 * and a value for each header. Names, keys and values are base64; a dash is null, or for the
 * partition and the timestamp "let the client choose". Prints partition and offset, a line a record.
 */
public class JavaProducer {
    public static void main(String[] args) throws Exception {
        Properties config = new Properties();
        config.put("bootstrap.servers", args[0]);
        config.put("compression.type", args[1]);
        config.put("max.request.size", "67108864");
        config.put("buffer.memory", "134217728");
        ByteArraySerializer bytes = new ByteArraySerializer();
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config, bytes, bytes)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                sent.add(producer.send(record(line.split("\t", -1))));
            }
            for (Future<RecordMetadata> each : sent) {
                RecordMetadata stored = each.get();
                System.out.println(stored.partition() + "\t" + stored.offset());
            }
        }
    }

    private static ProducerRecord<byte[], byte[]> record(String[] fields) {
        RecordHeaders headers = new RecordHeaders();
        for (int i = 5; i < fields.length; i += 2) {
            String name = new String(bytes(fields[i]), StandardCharsets.UTF_8);
            headers.add(new RecordHeader(name, bytes(fields[i + 1])));
        }
        Integer partition = fields[1].equals("-") ? null : Integer.valueOf(fields[1]);
        Long timestamp = fields[2].equals("-") ? null : Long.valueOf(fields[2]);
        return new ProducerRecord<>(
                fields[0], partition, timestamp, bytes(fields[3]), bytes(fields[4]), headers);
    }

    private static byte[] bytes(String field) {
        return field.equals("-") ? null : Base64.getDecoder().decode(field);
    }
}
