#!/bin/sh
# Makes the files in formats/: one small picture and one tone in many forms. Needs ffmpeg and ImageMagick (convert); the
# tests do not, because the files are kept.
set -eu
cd "$(dirname "$0")"
mkdir -p formats
cd formats
ff() { ffmpeg -v error -y "$@"; }
bare="-map_metadata -1 -bitexact"

# 24 × 16 pixels: red | green over blue | white.
convert -size 12x8 xc:red xc:lime +append \( xc:blue xc:white +append \) -append -depth 8 -strip quadrants.png
convert quadrants.png -quality 95 -sampling-factor 1x1 quadrants.jpg
convert quadrants.png -quality 95 -sampling-factor 1x1 -interlace JPEG progressive.jpg
convert quadrants.png -colorspace CMYK -quality 95 cmyk.jpg
convert quadrants.png -define webp:lossless=true quadrants.webp
convert quadrants.png -quality 95 lossy.webp
convert quadrants.png -type TrueColor BMP3:quadrants.bmp
convert quadrants.png -type TrueColor -compress LZW quadrants.tif
convert quadrants.png -type TrueColor -endian MSB -compress Zip big-endian.tif
convert quadrants.png \( -size 24x16 xc:black \) -loop 0 -delay 10 animated.gif
convert quadrants.png -depth 16 -define png:color-type=2 -define png:bit-depth=16 deep.png
convert quadrants.png -type Palette -define png:color-type=3 palette.png
convert quadrants.png -colorspace Gray -define png:color-type=0 gray.png
# Left half clear, right half half-transparent black: white | middle grey once on white.
convert -size 12x16 "xc:rgba(255,0,0,0)" "xc:rgba(0,0,0,0.5019608)" +append -define png:color-type=6 -strip alpha.png
convert alpha.png -define webp:lossless=true alpha.webp
ff -f lavfi -i testsrc=s=24x16:r=5:d=0.4 -c:v libwebp_anim -loop 0 animated.webp

# 0.25 s of 440 Hz at half of full scale on the left, nothing on the right.
ff -f lavfi -i "aevalsrc=0.5*sin(440*2*PI*t)|0:s=44100:d=0.25" -c:a pcm_s16le $bare tone.wav
ff -i tone.wav -c:a pcm_f32le $bare float.wav
ff -i tone.wav -c:a pcm_s24be -ar 48000 $bare tone.aiff
ff -i tone.wav -c:a flac -sample_fmt s32 -ar 96000 $bare tone.flac
ff -i tone.wav -c:a libmp3lame -b:a 96k $bare tone.mp3
ff -i tone.wav -c:a libvorbis $bare tone.ogg
ff -i tone.wav -c:a libopus -b:a 64k $bare tone.opus
ff -i tone.wav -c:a aac $bare tone.m4a
ff -i tone.wav -c:a aac $bare tone.aac
ff -i tone.wav -i quadrants.png -map 0 -map 1 -c:a libmp3lame -c:v copy -disposition:v attached_pic $bare cover.mp3
ff -f lavfi -i "aevalsrc=0:s=16000:d=0.1" -c:a pcm_s16le -t 0 $bare no-samples.wav
ff -f lavfi -i testsrc=s=64x48:r=12:d=0.25 -i tone.wav -c:v libx264 -pix_fmt yuv420p -c:a aac -shortest $bare clip.mp4
ff -f lavfi -i testsrc=s=64x48:r=12:d=0.25 -c:v libx264 -pix_fmt yuv420p -an $bare mute.mp4
ff -f lavfi -i testsrc=s=64x48:r=12:d=0.25 -i tone.wav -c:v libvpx -c:a libvorbis -shortest $bare clip.webm
# 2 s of 64 × 48 at 10 frames a second; frame n is grey 30 + 10 n. Key frames every 5, B frames between them.
grey="nullsrc=s=64x48:r=10:d=2,format=gray,geq=lum='30+10*N'"
ff -f lavfi -i "$grey" -c:v libx264 -pix_fmt yuvj420p -color_range pc -crf 10 -g 5 -bf 2 -movflags +faststart $bare grey.mp4
ff -f lavfi -i "$grey" -c:v libvpx -pix_fmt yuv420p -crf 10 -b:v 1M -g 5 $bare grey.webm
# The same frames at uneven times: frames 0 and 1 at 0 and 1 s, the others 50 ms apart.
ff -f lavfi -i "$grey" -vf "settb=1/1000,setpts='if(eq(N,0),0,1+(N-1)*0.05)/TB'" -fps_mode passthrough -enc_time_base 1:1000 -c:v libx264 -pix_fmt yuvj420p \
  -color_range pc -crf 10 $bare uneven.mp4
ff -f lavfi -i "$grey" -frames:v 1 -c:v libx264 -pix_fmt yuvj420p -color_range pc -crf 10 $bare one-frame.mp4
# Red above blue as stored; held so that red is on the left when shown.
ff -f lavfi -i "color=red:s=48x64:r=5:d=1,drawbox=y=32:h=32:color=blue:t=fill" -c:v libx264 -pix_fmt yuv420p -crf 10 $bare stored.mp4
ff -i stored.mp4 -c copy -map_metadata 0 -metadata:s:v:0 rotate=90 turned.mp4 && rm stored.mp4
ff -f lavfi -i "color=green:s=32x48:r=5:d=1" -vf setsar=2/1 -c:v libx264 -pix_fmt yuv420p $bare wide-pixels.mp4
