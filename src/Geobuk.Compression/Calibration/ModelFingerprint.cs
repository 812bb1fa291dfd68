using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;

namespace Geobuk.Compression.Calibration;

/// <summary>
/// Tells two models of one shape apart by their norms: every file of a model holds them unrounded, whatever its matrices are stored
/// as, and no training leaves them as they were. 16 hexadecimal digits.
/// </summary>
public static class ModelFingerprint
{
    /// <summary>Of a Hugging Face folder.</summary>
    public static string Of(ModelCheckpoint checkpoint) =>
        Of(ModelLayout.Of(checkpoint.Config).Gguf.Where(IsNorm).Select(spec => checkpoint.ReadSingle(spec.Sources[0])));

    /// <summary>Of a Hugging Face folder or a GGUF file.</summary>
    public static string Of(string model)
    {
        if (Directory.Exists(model))
        {
            using var checkpoint = ModelCheckpoint.Open(model);
            return Of(checkpoint);
        }
        using var file = GgufFile.Open(model);
        return Of(ModelLayout.Of(GgufConfigReader.Read(file)).Gguf.Where(IsNorm).Select(spec =>
        {
            var tensor = file.Find(spec.Name);
            var values = new float[tensor.Elements];
            BlockFormat.Get(tensor.Type).Decode(file.Data(tensor), values);
            return values;
        }));
    }

    private static bool IsNorm(GgufTensorSpec spec) => spec.Role == TensorRole.Norm && spec.Shape.Count == 1;

    private static string Of(IEnumerable<float[]> norms)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var norm in norms) hash.AppendData(MemoryMarshal.AsBytes(norm.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }
}
