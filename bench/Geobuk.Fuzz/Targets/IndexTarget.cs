using Geobuk.Fuzz.Mutations;

namespace Geobuk.Fuzz.Targets;

/// <summary>The index of a checkpoint in shards.</summary>
internal sealed class IndexTarget(IReadOnlyList<(string Name, byte[] Bytes)> shards) : Target
{
    public override string Name => "index";

    public override string FileName => "model.safetensors.index.json";

    public override void WriteNeighbours(string folder)
    {
        foreach (var (name, bytes) in shards) File.WriteAllBytes(Path.Combine(folder, name), bytes);
    }

    public override byte[] Mutate(byte[] file, Random random) => random.Next(3) == 0 ? ByteMutations.Apply(file, Seeds, random) : JsonMutations.Apply(file, random);

    public override void Read(string folder) => SafetensorsTarget.ReadFolder(folder);
}
