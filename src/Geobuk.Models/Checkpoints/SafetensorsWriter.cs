using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Geobuk.Models.Checkpoints;

/// <summary>Writes safetensors files tensor by tensor; a killed write leaves no file under the final name.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes one file.</summary>
    /// <param name="path">Final name.</param>
    /// <param name="tensors">In the order of the file.</param>
    /// <param name="metadata">The __metadata__ entries; Hugging Face tools want format = pt.</param>
    public static void Write(string path, IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        AtomicFile.Write(path, stream =>
        {
            WriteHeader(stream, tensors, metadata ?? new Dictionary<string, string> { ["format"] = "pt" });
            foreach (var tensor in tensors) WriteTensor(stream, tensor);
        });
    }

    private static void WriteHeader(Stream stream, IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var header = new JsonObject
        {
            ["__metadata__"] = new JsonObject(metadata.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))),
        };
        long offset = 0;
        foreach (var tensor in tensors)
        {
            header[tensor.Name] = new JsonObject
            {
                ["dtype"] = tensor.DataType.ToString(),
                ["shape"] = new JsonArray([.. tensor.Shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(offset, offset + tensor.Bytes),
            };
            offset += tensor.Bytes;
        }
        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        var padding = (8 - json.Length % 8) % 8;
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length + padding);
        stream.Write(length);
        stream.Write(json);
        for (var i = 0; i < padding; i++) stream.WriteByte((byte)' ');
    }

    private static void WriteTensor(Stream stream, TensorToWrite tensor)
    {
        if (tensor.Stored is { } write)
        {
            var start = stream.Position;
            write(stream);
            if (stream.Position - start != tensor.Bytes)
                throw new ArgumentException($"{tensor.Name}: {stream.Position - start} of {tensor.Bytes} bytes", nameof(tensor));
            return;
        }
        WriteValues(stream, tensor);
    }

    private static void WriteValues(Stream stream, TensorToWrite tensor)
    {
        var values = tensor.Values();
        if ((long)values.Length * tensor.DataType.Size() != tensor.Bytes)
            throw new ArgumentException($"{tensor.Name}: {values.Length} values for shape [{string.Join(", ", tensor.Shape)}]", nameof(tensor));
        const int Chunk = 1 << 20;
        var buffer = new byte[Math.Min(values.Length, Chunk) * tensor.DataType.Size()];
        for (var start = 0; start < values.Length; start += Chunk)
        {
            var part = values.AsSpan(start, Math.Min(Chunk, values.Length - start));
            var bytes = buffer.AsSpan(0, part.Length * tensor.DataType.Size());
            tensor.DataType.FromSingle(part, bytes);
            stream.Write(bytes);
        }
    }
}
