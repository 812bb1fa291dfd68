using System.Runtime.Intrinsics.X86;
using Geobuk.Recipes;
using TorchSharp;

namespace Geobuk.Training;

/// <summary>Chooses the arithmetic: bf16 pays only where the hardware multiplies it.</summary>
public static class ComputePrecision
{
    /// <summary>Bf16 or Fp32, never Auto.</summary>
    public static TrainPrecision Resolve(TrainConfig config, torch.Device device) => config switch
    {
        { Deterministic: true } => TrainPrecision.Fp32,
        { Precision: not TrainPrecision.Auto } => config.Precision,
        _ => device.type == DeviceType.CUDA || HasFastBf16() ? TrainPrecision.Bf16 : TrainPrecision.Fp32,
    };

    /// <summary>AVX512-BF16 (leaf 7.1 EAX bit 5) or AMX-BF16 (leaf 7.0 EDX bit 22), Intel SDM volume 2, CPUID.</summary>
    private static bool HasFastBf16()
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7) return false;
        return (X86Base.CpuId(7, 1).Eax & 1 << 5) != 0 || (X86Base.CpuId(7, 0).Edx & 1 << 22) != 0;
    }
}
