using System.CommandLine;
using Geobuk.Inference;

namespace Geobuk.Cli.Commands;

/// <summary><c>--kv</c>: how keys and values are kept.</summary>
internal static class CacheOption
{
    public static Option<string> Create()
    {
        string[] names = [.. Enum.GetValues<KeyValueType>().Select(Name)];
        return new Option<string>("--kv")
        {
            Description = "Element type of the key-value cache. Against f32, f16 takes half the memory, q8_0 about a quarter, q4_0 a seventh, for ever coarser keys and values.",
            DefaultValueFactory = _ => Name(new InferenceOptions().KeyValueType),
        }.AcceptOnlyFromAmong(names);
    }

    public static KeyValueType Read(string name) => Enum.GetValues<KeyValueType>().First(type => Name(type) == name);

    private static string Name(KeyValueType type) => type.ToString().ToLowerInvariant();
}
