using Geobuk.Models.Quantization;
using Geobuk.Tests;

namespace Geobuk.Compression.Tests.Oracle;

/// <summary>llama.cpp's own quantizer as an oracle; tests skip where it is absent.</summary>
internal static class LlamaCppQuantizer
{
    private static readonly Lazy<LlamaCppLibrary> s_library = new(() => new LlamaCppLibrary(LlamaCpp.Libraries()));

    /// <summary>Quantizes an F32 GGUF file to a llama_ftype, with the columns' importance by tensor or without.</summary>
    public static void Quantize(string source, string target, int fileType, IReadOnlyDictionary<string, float[]>? importance = null) =>
        Assert.Equal(0u, Library().Quantize(source, target, fileType, threads: 1, importance));

    /// <summary>One row to blocks.</summary>
    public static byte[] QuantizeRow(GgmlType type, float[] row, float[]? importance)
    {
        var data = new byte[BlockFormat.Get(type).Bytes(row.Length)];
        Assert.Equal((nuint)data.Length, Library().QuantizeRow((int)type, row, importance, data));
        return data;
    }

    /// <summary>Blocks to one row.</summary>
    public static float[] DequantizeRow(GgmlType type, byte[] data, int columns)
    {
        var values = new float[columns];
        Library().DequantizeRow(type switch
        {
            GgmlType.F16 => "ggml_fp16_to_fp32_row",
            GgmlType.BF16 => "ggml_bf16_to_fp32_row",
            GgmlType.IQ4_NL or GgmlType.IQ4_XS => $"dequantize_row_{type.ToString().ToLowerInvariant()}",
            _ => $"dequantize_row_{type.ToString().Replace('Q', 'q')}",
        }, data, values);
        return values;
    }

    private static LlamaCppLibrary Library()
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Directory.Exists(LlamaCpp.Libraries()), $"llama.cpp's libraries are not here: {LlamaCpp.Libraries()}");
        return s_library.Value;
    }
}
