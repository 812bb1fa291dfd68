using System.Runtime.InteropServices;
using Geobuk.Models.Quantization;

namespace Geobuk.Compression.Tests.Oracle;

/// <summary>llama.cpp's own quantizer, called in its native library (Linux x64).</summary>
internal static unsafe class LlamaCppQuantizer
{
    private const int Lazy = 1, Global = 0x100;

    private static nint s_llama, s_base;

    /// <summary>Quantizes an F32 GGUF file to a llama_ftype, with the columns' importance by tensor or without.</summary>
    public static void Quantize(string source, string target, int fileType, IReadOnlyDictionary<string, float[]>? importance = null)
    {
        Load();
        var defaults = (delegate* unmanaged<Parameters>)NativeLibrary.GetExport(s_llama, "llama_model_quantize_default_params");
        var quantize = (delegate* unmanaged<byte*, byte*, Parameters*, uint>)NativeLibrary.GetExport(s_llama, "llama_model_quantize");
        var parameters = defaults();
        (parameters.Threads, parameters.FileType) = (1, fileType);
        var entries = (importance ?? new Dictionary<string, float[]>()).Select(entry => new ImportanceData
        {
            Name = Marshal.StringToCoTaskMemUTF8(entry.Key),
            Data = GCHandle.Alloc(entry.Value, GCHandleType.Pinned).AddrOfPinnedObject(),
            Size = (nuint)entry.Value.Length,
        }).Append(default).ToArray();
        var (from, to) = (Marshal.StringToCoTaskMemUTF8(source), Marshal.StringToCoTaskMemUTF8(target));
        try
        {
            fixed (ImportanceData* data = entries)
            {
                if (importance is not null) parameters.Importance = data;
                Assert.Equal(0u, quantize((byte*)from, (byte*)to, &parameters));
            }
        }
        finally
        {
            Marshal.FreeCoTaskMem(from);
            Marshal.FreeCoTaskMem(to);
        }
    }

    /// <summary>One row to blocks.</summary>
    public static byte[] QuantizeRow(GgmlType type, float[] row, float[]? importance)
    {
        Load();
        var quantize = (delegate* unmanaged<int, float*, byte*, long, long, long, float*, nuint>)NativeLibrary.GetExport(s_base, "ggml_quantize_chunk");
        var data = new byte[BlockFormat.Get(type).Bytes(row.Length)];
        fixed (float* source = row, weights = importance)
        fixed (byte* target = data)
            Assert.Equal((nuint)data.Length, quantize((int)type, source, target, 0, 1, row.Length, weights));
        return data;
    }

    /// <summary>Blocks to one row.</summary>
    public static float[] DequantizeRow(GgmlType type, byte[] data, int columns)
    {
        Load();
        var name = type switch
        {
            GgmlType.F16 => "ggml_fp16_to_fp32_row",
            GgmlType.BF16 => "ggml_bf16_to_fp32_row",
            GgmlType.IQ4_NL or GgmlType.IQ4_XS => $"dequantize_row_{type.ToString().ToLowerInvariant()}",
            _ => $"dequantize_row_{type.ToString().Replace('Q', 'q')}",
        };
        var dequantize = (delegate* unmanaged<byte*, float*, long, void>)NativeLibrary.GetExport(s_base, name);
        var values = new float[columns];
        fixed (byte* source = data)
        fixed (float* target = values)
            dequantize(source, target, columns);
        return values;
    }

    private static void Load()
    {
        var folder = LlamaCpp.Libraries();
        Skip.IfNot(OperatingSystem.IsLinux() && Directory.Exists(folder), $"llama.cpp's libraries are not here: {folder}");
        if (s_llama != 0) return;
        // Its libraries find each other by global symbols, not by name.
        s_base = Open(Path.Combine(folder, "libggml-base.so"));
        Open(Path.Combine(folder, "libggml-cpu-x64.so"));
        var ggml = Open(Directory.GetFiles(folder, "libggml.v*.so").Concat(Directory.GetFiles(folder, "libggml.so")).First());
        var llama = Open(Directory.GetFiles(folder, "libllama.v*.so").Concat(Directory.GetFiles(folder, "libllama.so")).First());
        var place = Marshal.StringToCoTaskMemUTF8(folder);
        ((delegate* unmanaged<byte*, void>)NativeLibrary.GetExport(ggml, "ggml_backend_load_all_from_path"))((byte*)place);
        Marshal.FreeCoTaskMem(place);
        ((delegate* unmanaged<void>)NativeLibrary.GetExport(llama, "llama_backend_init"))();
        s_llama = llama;
    }

    private static nint Open(string path)
    {
        var handle = OpenLibrary(path, Lazy | Global);
        return handle != 0 ? handle : throw new DllNotFoundException($"{path}: {Marshal.PtrToStringUTF8(LastError())}");
    }

    [DllImport("libc", EntryPoint = "dlopen")]
    private static extern nint OpenLibrary([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "dlerror")]
    private static extern nint LastError();

    /// <summary>llama_model_quantize_params: the fields that are set here, and more room than the rest needs.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 512)]
    private struct Parameters
    {
        [FieldOffset(0)] public int Threads;
        [FieldOffset(4)] public int FileType;
        [FieldOffset(24)] public ImportanceData* Importance;
    }

    /// <summary>llama_model_imatrix_data; a null name ends the list.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ImportanceData
    {
        public nint Name;
        public nint Data;
        public nuint Size;
    }
}
