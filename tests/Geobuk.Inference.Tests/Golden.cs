using Geobuk.Models.Checkpoints;
using Geobuk.Tests;

namespace Geobuk.Inference.Tests;

/// <summary>A golden folder: input ids and the logits that a correct implementation gives.</summary>
internal sealed class Golden
{
    public static readonly TheoryData<string> Names = ["llama-gqa", "llama-mha-llama3rope", "qwen2-gqa", "qwen2-yarn"];

    private Golden(string folder) => Folder = folder;

    public string Folder { get; }
    public required int[][] Sequences { get; init; }
    /// <summary>[sequence][position][vocabulary].</summary>
    public required float[][][] Logits { get; init; }

    public static Golden Load(string name)
    {
        var folder = TestPaths.Shared("golden", name);
        using var file = SafetensorsFile.Open(Path.Combine(folder, "golden.safetensors"));
        var ids = file.Tensors["input_ids"];
        var logits = file.Tensors["logits"];
        var (batch, length, vocabulary) = ((int)logits.Shape[0], (int)logits.Shape[1], (int)logits.Shape[2]);
        var tokens = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(file.Bytes(ids)).ToArray();
        var values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(file.Bytes(logits)).ToArray();
        return new Golden(folder)
        {
            Sequences = [.. Enumerable.Range(0, batch).Select(b => tokens.Skip(b * length).Take(length).Select(id => (int)id).ToArray())],
            Logits = [.. Enumerable.Range(0, batch).Select(b => Enumerable.Range(0, length)
                .Select(t => values.AsSpan((b * length + t) * vocabulary, vocabulary).ToArray()).ToArray())],
        };
    }

    /// <summary>|got - want| at most 2e-4 + 2e-4 |want|, as the folder's README sets for single precision.</summary>
    public static void AssertClose(float[] want, ReadOnlySpan<float> got, string place)
    {
        Assert.Equal(want.Length, got.Length);
        for (var i = 0; i < want.Length; i++)
            Assert.True(MathF.Abs(got[i] - want[i]) <= 2e-4f + 2e-4f * MathF.Abs(want[i]), $"{place}, logit {i}: got {got[i]}, want {want[i]}");
    }
}
