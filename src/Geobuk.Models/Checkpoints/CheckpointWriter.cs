using System.Text.Json;
using System.Text.Json.Nodes;

namespace Geobuk.Models.Checkpoints;

/// <summary>Writes the weights of a Hugging Face folder: one file, or shards with an index where they are large.</summary>
public static class CheckpointWriter
{
    /// <summary>Bytes of a shard unless told otherwise.</summary>
    public const long DefaultShardBytes = 5L << 30;

    private const string Single = "model.safetensors";

    /// <summary>Writes the files; the index comes last, so that a folder without it is not taken for a whole one.</summary>
    /// <param name="folder">Is there already.</param>
    /// <param name="tensors">In the order of the files.</param>
    /// <param name="shardBytes">Most bytes of a shard; a larger tensor gets one of its own.</param>
    public static void Write(string folder, IReadOnlyList<TensorToWrite> tensors, long shardBytes = DefaultShardBytes)
    {
        var shards = Split(tensors, shardBytes);
        var index = Path.Combine(folder, Single + ".index.json");
        File.Delete(index);
        if (shards.Count == 1)
        {
            SafetensorsWriter.Write(Path.Combine(folder, Single), shards[0]);
            return;
        }
        var map = new JsonObject();
        for (var i = 0; i < shards.Count; i++)
        {
            var name = $"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors";
            SafetensorsWriter.Write(Path.Combine(folder, name), shards[i]);
            foreach (var tensor in shards[i]) map[tensor.Name] = name;
        }
        var root = new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = tensors.Sum(tensor => tensor.Bytes) }, ["weight_map"] = map };
        File.Delete(Path.Combine(folder, Single));
        AtomicFile.WriteText(index, root.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    private static List<List<TensorToWrite>> Split(IReadOnlyList<TensorToWrite> tensors, long shardBytes)
    {
        var shards = new List<List<TensorToWrite>> { new() };
        long bytes = 0;
        foreach (var tensor in tensors)
        {
            if (bytes > 0 && bytes + tensor.Bytes > shardBytes)
            {
                shards.Add([]);
                bytes = 0;
            }
            shards[^1].Add(tensor);
            bytes += tensor.Bytes;
        }
        return shards;
    }
}
