using Geobuk.Fuzz.Mutations;
using Geobuk.Models;
using Geobuk.Models.Layouts;

namespace Geobuk.Fuzz.Targets;

/// <summary>Model configurations.</summary>
internal sealed class ConfigTarget : Target
{
    public override string Name => "config";

    public override string FileName => "config.json";

    public override byte[] Mutate(byte[] file, Random random) => random.Next(3) == 0 ? ByteMutations.Apply(file, Seeds, random) : JsonMutations.Apply(file, random);

    public override void Read(string folder) => _ = ModelLayout.Of(ModelConfig.Load(folder)).Tensors.Count;
}
