<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>Measures</name>
    <message>
        <source>loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>size of the gradients</source>
        <translation>梯度大小</translation>
    </message>
    <message>
        <source>seconds for a step</source>
        <translation>每步秒数</translation>
    </message>
    <message>
        <source>word errors</source>
        <translation>词错误率</translation>
    </message>
    <message>
        <source>word errors by letters</source>
        <translation>按字母的词错误率</translation>
    </message>
    <message>
        <source>right numbers of words</source>
        <translation>词数正确</translation>
    </message>
    <message>
        <source>loss of the answers</source>
        <translation>回答的损失</translation>
    </message>
    <message>
        <source>answered word for word</source>
        <translation>逐词答对</translation>
    </message>
    <message>
        <source>telling pictures from texts</source>
        <translation>图文区分</translation>
    </message>
    <message>
        <source>texts that fit</source>
        <translation>图文匹配</translation>
    </message>
    <message>
        <source>writing the text</source>
        <translation>写出文字</translation>
    </message>
    <message>
        <source>loss of the words</source>
        <translation>词的损失</translation>
    </message>
    <message>
        <source>loss of the letters</source>
        <translation>字母的损失</translation>
    </message>
    <message>
        <source>loss of the number of words</source>
        <translation>词数的损失</translation>
    </message>
    <message>
        <source>loss of the language model</source>
        <translation>语言模型的损失</translation>
    </message>
</context>
<context>
    <name>QAbstractSpinBox</name>
    <message>
        <source>&amp;Select All</source>
        <translation>全选(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Step up</source>
        <translation>增加(&amp;S)</translation>
    </message>
    <message>
        <source>Step &amp;down</source>
        <translation>减少(&amp;D)</translation>
    </message>
</context>
<context>
    <name>QFileDialog</name>
    <message>
        <source>Look in:</source>
        <translation>查找范围：</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>后退</translation>
    </message>
    <message>
        <source>Forward</source>
        <translation>前进</translation>
    </message>
    <message>
        <source>Parent Directory</source>
        <translation>上级文件夹</translation>
    </message>
    <message>
        <source>Create New Folder</source>
        <translation>新建文件夹</translation>
    </message>
    <message>
        <source>List View</source>
        <translation>列表</translation>
    </message>
    <message>
        <source>Detail View</source>
        <translation>详细信息</translation>
    </message>
    <message>
        <source>Files of type:</source>
        <translation>文件类型：</translation>
    </message>
    <message>
        <source>File &amp;name:</source>
        <translation>文件名(&amp;N)：</translation>
    </message>
    <message>
        <source>Directory:</source>
        <translation>文件夹：</translation>
    </message>
    <message>
        <source>&amp;Open</source>
        <translation>打开(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>保存(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Choose</source>
        <translation>选择(&amp;C)</translation>
    </message>
    <message>
        <source>Recent Places</source>
        <translation>最近位置</translation>
    </message>
    <message>
        <source>My Computer</source>
        <translation>我的电脑</translation>
    </message>
</context>
<context>
    <name>QLineEdit</name>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>Cu&amp;t</source>
        <translation>剪切(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>复制(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Paste</source>
        <translation>粘贴(&amp;P)</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Select All</source>
        <translation>全选</translation>
    </message>
</context>
<context>
    <name>QPlatformTheme</name>
    <message>
        <source>OK</source>
        <translation>确定</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>&amp;Yes</source>
        <translation>是(&amp;Y)</translation>
    </message>
    <message>
        <source>&amp;No</source>
        <translation>否(&amp;N)</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>放弃</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>帮助</translation>
    </message>
    <message>
        <source>Apply</source>
        <translation>应用</translation>
    </message>
    <message>
        <source>Retry</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Ignore</source>
        <translation>忽略</translation>
    </message>
</context>
<context>
    <name>QWidgetTextControl</name>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>Cu&amp;t</source>
        <translation>剪切(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>复制(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Paste</source>
        <translation>粘贴(&amp;P)</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Select All</source>
        <translation>全选</translation>
    </message>
</context>
<context>
    <name>xllm::media::Microphone</name>
    <message>
        <source>The sound system lists no microphone.</source>
        <translation>声音系统没有列出任何麦克风。</translation>
    </message>
    <message>
        <source>“%1” delivers sound in a format that this program does not know.</source>
        <translation>“%1”提供的声音格式本程序不认识。</translation>
    </message>
    <message>
        <source>“%1” could not be opened: the system refuses it to this program, or another program holds it.</source>
        <translation>无法打开“%1”：系统不允许本程序使用，或者另一个程序正在占用。</translation>
    </message>
    <message>
        <source>“%1” was unplugged or switched off.</source>
        <translation>“%1”已被拔出或关闭。</translation>
    </message>
    <message>
        <source>The sound system reported an error of “%1”.</source>
        <translation>声音系统报告“%1”出错。</translation>
    </message>
    <message>
        <source>“%1” is open, but no sound arrives from it.</source>
        <translation>“%1”已打开，但没有声音传来。</translation>
    </message>
</context>
<context>
    <name>xllm::media::SoundPlayerWorker</name>
    <message>
        <source>The sound system lists no loudspeakers.</source>
        <translation>声音系统没有列出任何扬声器。</translation>
    </message>
    <message>
        <source>The loudspeakers do not take the format of this recording.</source>
        <translation>扬声器不支持这段录音的格式。</translation>
    </message>
    <message>
        <source>The loudspeakers cannot be used: another program holds them, or they were switched off.</source>
        <translation>无法使用扬声器：另一个程序正在占用，或者扬声器已关闭。</translation>
    </message>
</context>
<context>
    <name>xllm::ui::AboutDialog</name>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>text of this licence</source>
        <translation>此许可证的全文</translation>
    </message>
    <message>
        <source>About X-LLM Desktop</source>
        <translation>关于 X-LLM 桌面版</translation>
    </message>
    <message>
        <source>X-LLM Desktop %1</source>
        <translation>X-LLM 桌面版 %1</translation>
    </message>
    <message>
        <source>Pictures and speech as foreign languages for a language model on your own computer. Nothing you write, show or say leaves it. Apache License 2.0.</source>
        <translation>让您电脑上的语言模型把图片和语音当作外语来理解。您写下、展示或说出的任何内容都不会离开这台电脑。Apache 许可证 2.0。</translation>
    </message>
    <message>
        <source>&amp;Work of others in this program, and its licences</source>
        <translation>本程序中他人的作品及其许可证(&amp;W)</translation>
    </message>
    <message>
        <source>Work of others in this program, and its licences</source>
        <translation>本程序中他人的作品及其许可证</translation>
    </message>
    <message>
        <source>Text of the licence</source>
        <translation>许可证全文</translation>
    </message>
    <message>
        <source>Built from commit %1</source>
        <translation>由提交 %1 构建</translation>
    </message>
</context>
<context>
    <name>xllm::ui::Actions</name>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;New conversation</source>
        <translation>新建对话(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Export this conversation …</source>
        <translation>导出此对话(&amp;E)…</translation>
    </message>
    <message>
        <source>&amp;Import a conversation …</source>
        <translation>导入对话(&amp;I)…</translation>
    </message>
    <message>
        <source>Choose a &amp;model pack …</source>
        <translation>选择模型包(&amp;M)…</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Chat</source>
        <translation>对话(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Add pictures, clips or sound files …</source>
        <translation>添加图片、视频或声音文件(&amp;A)…</translation>
    </message>
    <message>
        <source>&amp;Jump to the newest message</source>
        <translation>跳到最新消息(&amp;J)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Conversations at the side</source>
        <translation>侧边对话列表(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Search in all conversations</source>
        <translation>搜索所有对话(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>语言(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;System language</source>
        <translation>跟随系统语言(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>主题(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;System theme</source>
        <translation>跟随系统(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation>浅色(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Dark</source>
        <translation>深色(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;About X-LLM Desktop</source>
        <translation>关于 X-LLM 桌面版(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Rename this conversation</source>
        <translation>重命名此对话(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Pin this conversation, or unpin it</source>
        <translation>置顶或取消置顶此对话(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Settings</source>
        <translation>设置(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Close the window</source>
        <translation>关闭窗口(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Edit the last question</source>
        <translation>编辑上一个问题(&amp;E)</translation>
    </message>
    <message>
        <source>Answer a&amp;gain</source>
        <translation>重新回答(&amp;G)</translation>
    </message>
    <message>
        <source>&amp;Continue the last answer</source>
        <translation>继续上一个回答(&amp;C)</translation>
    </message>
    <message>
        <source>C&amp;opy the last answer</source>
        <translation>复制上一个回答(&amp;O)</translation>
    </message>
    <message>
        <source>Pre&amp;vious version of the last answer</source>
        <translation>上一个回答的前一版本(&amp;V)</translation>
    </message>
    <message>
        <source>Ne&amp;xt version of the last answer</source>
        <translation>上一个回答的后一版本(&amp;X)</translation>
    </message>
    <message>
        <source>&amp;Previous conversation</source>
        <translation>前一个对话(&amp;P)</translation>
    </message>
    <message>
        <source>Ne&amp;xt conversation</source>
        <translation>后一个对话(&amp;X)</translation>
    </message>
    <message>
        <source>&amp;On to the list, the messages, the box</source>
        <translation>切换到下一区域：列表、消息、输入框(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Back to the box, the messages, the list</source>
        <translation>切换到上一区域：输入框、消息、列表(&amp;B)</translation>
    </message>
    <message>
        <source>La&amp;rger text</source>
        <translation>放大文字(&amp;R)</translation>
    </message>
    <message>
        <source>S&amp;maller text</source>
        <translation>缩小文字(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Normal text size</source>
        <translation>正常文字大小(&amp;N)</translation>
    </message>
    <message>
        <source>Switch between light an&amp;d dark</source>
        <translation>切换浅色与深色(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts</source>
        <translation>键盘快捷键(&amp;K)</translation>
    </message>
    <message>
        <source>Paste as a&amp;n attachment</source>
        <translation>粘贴为附件(&amp;N)</translation>
    </message>
    <message>
        <source>Model &amp;packs …</source>
        <translation>模型包(&amp;P)…</translation>
    </message>
    <message>
        <source>&amp;First steps</source>
        <translation>初次使用(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Talk, or finish talking</source>
        <translation>说话，或结束说话(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Mute the microphone</source>
        <translation>麦克风静音(&amp;M)</translation>
    </message>
    <message>
        <source>Read the last answer alo&amp;ud, or stop reading</source>
        <translation>朗读最后一个回答，或停止朗读(&amp;U)</translation>
    </message>
    <message>
        <source>Read answers aloud &amp;while they are written</source>
        <translation>边写边朗读回答(&amp;W)</translation>
    </message>
    <message>
        <source>Pause rea&amp;ding, or go on</source>
        <translation>暂停或继续朗读(&amp;D)</translation>
    </message>
    <message>
        <source>Read the ne&amp;xt sentence</source>
        <translation>朗读下一句(&amp;X)</translation>
    </message>
    <message>
        <source>&amp;Stop reading aloud, or the answer</source>
        <translation>停止朗读，或停止回答(&amp;S)</translation>
    </message>
    <message>
        <source>Use the ca&amp;mera …</source>
        <translation>使用摄像头(&amp;M)…</translation>
    </message>
    <message>
        <source>&amp;Training …</source>
        <translation>训练(&amp;T)…</translation>
    </message>
    <message>
        <source>New temp&amp;orary conversation</source>
        <translation>新建临时对话(&amp;O)</translation>
    </message>
</context>
<context>
    <name>xllm::ui::AnswerReader</name>
    <message>
        <source>Code block.</source>
        <translation>代码块。</translation>
    </message>
    <message>
        <source>Table.</source>
        <translation>表格。</translation>
    </message>
</context>
<context>
    <name>xllm::ui::AnswersPage</name>
    <message>
        <source>New</source>
        <translation>新建</translation>
    </message>
    <message>
        <source>New preset</source>
        <translation>新预设</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Duplicate this preset</source>
        <translation>复制此预设</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Delete this preset</source>
        <translation>删除此预设</translation>
    </message>
    <message>
        <source>Restore built-in</source>
        <translation>恢复内置预设</translation>
    </message>
    <message>
        <source>Balanced, Precise and Imaginative become what they were; your own presets stay.</source>
        <translation>“均衡”“精确”和“奔放”恢复原样；您自己的预设会保留。</translation>
    </message>
    <message>
        <source>&amp;Name</source>
        <translation>名称(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;System prompt</source>
        <translation>系统提示词(&amp;S)</translation>
    </message>
    <message>
        <source>What the model is told before every conversation. Empty: what its pack says.</source>
        <translation>每次对话开始前告诉模型的话。留空则使用模型包自带的提示词。</translation>
    </message>
    <message>
        <source>0 always takes the likeliest word. Higher is freer.</source>
        <translation>为 0 时总是取最可能的词；数值越大越自由。</translation>
    </message>
    <message>
        <source>Only the likeliest words that together have this probability. 1: all.</source>
        <translation>只考虑累计概率达到此值的最可能的词。为 1 时考虑所有词。</translation>
    </message>
    <message>
        <source>Top-&amp;k</source>
        <translation>候选词数(&amp;K)</translation>
    </message>
    <message>
        <source>Only this many of the likeliest words.</source>
        <translation>只考虑这么多个最可能的词。</translation>
    </message>
    <message>
        <source>off</source>
        <translation>不限</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>&amp;another one for every answer</source>
        <translation>每次回答都不同(&amp;A)</translation>
    </message>
    <message>
        <source>Another seed for every answer</source>
        <translation>每次回答使用不同的种子</translation>
    </message>
    <message>
        <source>The same seed gives the same answer to the same question on this computer.</source>
        <translation>在这台电脑上，同一个种子对同一个问题给出相同的回答。</translation>
    </message>
    <message>
        <source>&amp;Longest answer</source>
        <translation>最长回答(&amp;L)</translation>
    </message>
    <message>
        <source> tokens</source>
        <translation> 个词元</translation>
    </message>
    <message>
        <source>Remember conversations in &amp;half the memory</source>
        <translation>用一半的内存记住对话(&amp;H)</translation>
    </message>
    <message>
        <source>For long conversations with large models of Llama&apos;s and Qwen&apos;s kind, whatever the preset. A word of an answer may be another. The next message reads its conversation from the beginning once.</source>
        <translation>适合用 Llama、Qwen 一类的大模型进行的长对话，对所有预设都有效。回答中个别词语可能不同。下一条消息会从头读一遍对话。</translation>
    </message>
    <message>
        <source>P&amp;reset in use</source>
        <translation>当前预设(&amp;R)</translation>
    </message>
    <message>
        <source>Te&amp;mperature</source>
        <translation>温度(&amp;M)</translation>
    </message>
    <message>
        <source>Top-&amp;p</source>
        <translation>核采样阈值(&amp;P)</translation>
    </message>
</context>
<context>
    <name>xllm::ui::AppearancePage</name>
    <message>
        <source>&amp;Theme</source>
        <translation>主题(&amp;T)</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Text &amp;size</source>
        <translation>文字大小(&amp;S)</translation>
    </message>
    <message>
        <source> %</source>
        <translation>%</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>语言(&amp;L)</translation>
    </message>
</context>
<context>
    <name>xllm::ui::AttachmentChip</name>
    <message>
        <source>Reading …</source>
        <translation>正在读取…</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Remove %1</source>
        <translation>移除 %1</translation>
    </message>
    <message numerus="yes">
        <source>%n token(s)</source>
        <translation>
            <numerusform>%n 个词元</numerusform>
        </translation>
    </message>
    <message>
        <source>Attachment %1 of %2: %3, %4</source>
        <translation>第 %1 个附件，共 %2 个：%3，%4</translation>
    </message>
    <message>
        <source>Enter opens it, Delete removes it, Ctrl with an arrow key moves it</source>
        <translation>按 Enter 打开，按 Delete 移除，按 Ctrl 加方向键移动</translation>
    </message>
    <message numerus="yes">
        <source>%n frame(s)</source>
        <translation>
            <numerusform>%n 帧</numerusform>
        </translation>
    </message>
    <message>
        <source>Which frames go to the model</source>
        <translation>选择送给模型的画面</translation>
    </message>
    <message>
        <source>Frames of %1</source>
        <translation>%1 的画面</translation>
    </message>
</context>
<context>
    <name>xllm::ui::AttachmentStrip</name>
    <message>
        <source>Picture: %1</source>
        <translation>图片：%1</translation>
    </message>
    <message>
        <source>Sound: %1, %2</source>
        <translation>声音：%1，%2</translation>
    </message>
    <message>
        <source>%1: opens what the model hears</source>
        <translation>%1：打开，看模型听到了什么</translation>
    </message>
    <message>
        <source>%1 · %2 × %3: opens what the model sees</source>
        <translation>%1 · %2 × %3：打开，看模型看到了什么</translation>
    </message>
    <message numerus="yes">
        <source>%n frame(s)</source>
        <translation>
            <numerusform>%n 帧</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 of %2 – %3</source>
        <translation>%2 – %3 的 %1</translation>
    </message>
    <message>
        <source>with its sound</source>
        <translation>含声音</translation>
    </message>
    <message>
        <source>Clip: %1</source>
        <translation>视频：%1</translation>
    </message>
    <message>
        <source>%1: opens what the model sees</source>
        <translation>%1：打开，看模型看到了什么</translation>
    </message>
</context>
<context>
    <name>xllm::ui::CameraDoor</name>
    <message>
        <source>Picture %1</source>
        <translation>照片 %1</translation>
    </message>
    <message>
        <source>Take a picture or a clip with the camera</source>
        <translation>用摄像头拍照或录一段视频</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>摄像头</translation>
    </message>
</context>
<context>
    <name>xllm::ui::CameraPanel</name>
    <message>
        <source>Clip %1</source>
        <translation>视频 %1</translation>
    </message>
    <message>
        <source>This program may not use the camera</source>
        <translation>本程序无权使用摄像头</translation>
    </message>
    <message>
        <source>Allow it in the system&apos;s privacy settings. On Linux your account may have to be in the group “video”; sign in again then.</source>
        <translation>请在系统的隐私设置中允许。在 Linux 上，您的账户可能需要加入“video”组；之后请重新登录。</translation>
    </message>
    <message>
        <source>No camera was found</source>
        <translation>没有找到摄像头</translation>
    </message>
    <message>
        <source>Plug one in; it is noticed by itself. Pictures and clips can be added from files as well.</source>
        <translation>请接上摄像头，程序会自动发现。也可以从文件添加图片和视频。</translation>
    </message>
    <message>
        <source>The camera was unplugged</source>
        <translation>摄像头已被拔出</translation>
    </message>
    <message>
        <source>Plug it in again; what was taken until now is with your message.</source>
        <translation>请重新接上；到目前为止拍下的内容已在您的消息中。</translation>
    </message>
    <message>
        <source>The camera shows nothing</source>
        <translation>摄像头没有画面</translation>
    </message>
    <message>
        <source>Another program may be using it. Close that one, then try again.</source>
        <translation>可能有别的程序正在使用它。请关闭那个程序，然后重试。</translation>
    </message>
    <message>
        <source>The camera does not work</source>
        <translation>摄像头无法工作</translation>
    </message>
    <message>
        <source>Try again, choose another camera, or plug it in anew.</source>
        <translation>请重试、选择另一个摄像头，或重新插拔。</translation>
    </message>
    <message>
        <source>The disk is full, or its folder may not be written to.</source>
        <translation>磁盘已满，或者文件夹不可写入。</translation>
    </message>
    <message>
        <source>Try again; if that does not help, take pictures instead.</source>
        <translation>请重试；如果仍然不行，可以改为拍照。</translation>
    </message>
    <message>
        <source>The clip could not be recorded</source>
        <translation>无法录制视频</translation>
    </message>
    <message>
        <source>The camera is off</source>
        <translation>摄像头已关闭</translation>
    </message>
    <message>
        <source>The camera is starting …</source>
        <translation>摄像头正在启动…</translation>
    </message>
    <message>
        <source>Looking for cameras …</source>
        <translation>正在查找摄像头…</translation>
    </message>
    <message>
        <source>Recording: %1 of %2</source>
        <translation>正在录制：%1 / %2</translation>
    </message>
    <message>
        <source>with sound</source>
        <translation>有声音</translation>
    </message>
    <message>
        <source>without sound: there is no microphone</source>
        <translation>没有声音：没有可用的麦克风</translation>
    </message>
    <message>
        <source>One moment …</source>
        <translation>请稍候…</translation>
    </message>
    <message numerus="yes">
        <source>%n added to your message</source>
        <translation>
            <numerusform>已添加 %n 项到您的消息</numerusform>
        </translation>
    </message>
    <message>
        <source>The camera is on; nothing is kept unless you ask for it</source>
        <translation>摄像头已开启；除非您要求，否则不会保留任何内容</translation>
    </message>
    <message>
        <source>&amp;Stop recording</source>
        <translation>停止录制(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Record a clip</source>
        <translation>录制视频(&amp;R)</translation>
    </message>
    <message>
        <source>Camera</source>
        <translation>摄像头</translation>
    </message>
    <message>
        <source>What the camera sees</source>
        <translation>摄像头画面</translation>
    </message>
    <message>
        <source>Which camera</source>
        <translation>选择摄像头</translation>
    </message>
    <message>
        <source>&amp;Take a picture</source>
        <translation>拍照(&amp;T)</translation>
    </message>
    <message>
        <source>Goes with your message (Space or Enter)</source>
        <translation>随消息一起发送（空格键或回车键）</translation>
    </message>
    <message numerus="yes">
        <source>At most %n second(s); goes with your message</source>
        <translation>
            <numerusform>最长 %n 秒；随消息一起发送</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;Close</source>
        <translation>关闭(&amp;C)</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
</context>
<context>
    <name>xllm::ui::ClipPanel</name>
    <message>
        <source>Frames</source>
        <translation>帧数</translation>
    </message>
    <message>
        <source>Number of frames that the model sees</source>
        <translation>模型看到的帧数</translation>
    </message>
    <message>
        <source>How many frames of the part the model sees: 1 to %1</source>
        <translation>模型会看到所选片段中的这么多帧：1 到 %1</translation>
    </message>
    <message>
        <source>with its sound</source>
        <translation>含声音</translation>
    </message>
    <message>
        <source>What is said in the part goes to the model, too</source>
        <translation>片段中的语音也会送给模型</translation>
    </message>
    <message>
        <source>The clip&apos;s sound goes along</source>
        <translation>附上视频的声音</translation>
    </message>
    <message>
        <source>Whole clip</source>
        <translation>整段视频</translation>
    </message>
    <message>
        <source>Choose the whole clip</source>
        <translation>选择整段视频</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message numerus="yes">
        <source>%n token(s)</source>
        <translation>
            <numerusform>%n 个词元</numerusform>
        </translation>
    </message>
    <message>
        <source>The last %1 s cannot be read: the file is damaged or cut off.</source>
        <translation>最后 %1 秒无法读取：文件已损坏或不完整。</translation>
    </message>
    <message>
        <source>Its sound stays behind: it cannot be read, or the part is longer than half an hour.</source>
        <translation>不会附上声音：声音无法读取，或所选片段超过半小时。</translation>
    </message>
</context>
<context>
    <name>xllm::ui::Composer</name>
    <message>
        <source>Goes out as soon as the file is read</source>
        <translation>文件读取完毕后自动发送</translation>
    </message>
    <message>
        <source>Pasted picture</source>
        <translation>粘贴的图片</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>所有文件</translation>
    </message>
    <message>
        <source>Drop to add</source>
        <translation>松开即可添加</translation>
    </message>
    <message>
        <source>Stop (Esc)</source>
        <translation>停止（Esc）</translation>
    </message>
    <message>
        <source>Send (Enter)</source>
        <translation>发送（Enter）</translation>
    </message>
    <message>
        <source>Stop the answer</source>
        <translation>停止回答</translation>
    </message>
    <message>
        <source>Send the message</source>
        <translation>发送消息</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Enter sends, Shift+Enter starts a new line</source>
        <translation>按 Enter 发送，按 Shift+Enter 换行</translation>
    </message>
    <message>
        <source>New message</source>
        <translation>新消息</translation>
    </message>
    <message>
        <source>There is no picture and no file on the clipboard</source>
        <translation>剪贴板中没有图片或文件</translation>
    </message>
    <message>
        <source>Add pictures, clips or sound files</source>
        <translation>添加图片、视频或声音文件</translation>
    </message>
    <message>
        <source>Pictures, clips and sounds</source>
        <translation>图片、视频和声音</translation>
    </message>
    <message>
        <source>Write a message, or drop a picture, a clip or a recording here</source>
        <translation>输入消息，或将图片、视频或录音拖到这里</translation>
    </message>
</context>
<context>
    <name>xllm::ui::ConfigPanel</name>
    <message>
        <source>The command was copied</source>
        <translation>命令已复制</translation>
    </message>
    <message>
        <source>It does in a shell what the button does here, with the same result.</source>
        <translation>它在终端里做的与这里的按钮相同，结果也相同。</translation>
    </message>
    <message>
        <source>The learning rate is no number from 0 to 1</source>
        <translation>学习率不是 0 到 1 之间的数</translation>
    </message>
    <message>
        <source>It was left as it was. Write it like 0.0003 or 3e-4.</source>
        <translation>保持原样。请写成 0.0003 或 3e-4 的形式。</translation>
    </message>
    <message>
        <source>This is no JSON object</source>
        <translation>这不是 JSON 对象</translation>
    </message>
    <message>
        <source>The settings are used again when it is one.</source>
        <translation>改正之后，设置才会再次生效。</translation>
    </message>
    <message>
        <source>The config cannot be written</source>
        <translation>无法写入配置</translation>
    </message>
    <message>
        <source>Make room on the disk, or check the folder&apos;s permissions.</source>
        <translation>请腾出磁盘空间，或检查文件夹的权限。</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步数</translation>
    </message>
    <message>
        <source>Examples a step</source>
        <translation>每步样本数</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>All settings</source>
        <translation>全部设置</translation>
    </message>
    <message>
        <source>Copy as a command</source>
        <translation>复制为命令</translation>
    </message>
    <message>
        <source>Back to what is suggested</source>
        <translation>恢复建议值</translation>
    </message>
    <message>
        <source>The config, as it stands in its file</source>
        <translation>配置文件的原文</translation>
    </message>
    <message>
        <source>This is the very file that training reads. docs/training.md explains each key.</source>
        <translation>这正是训练所读的文件。docs/training.md 解释每一个键。</translation>
    </message>
</context>
<context>
    <name>xllm::ui::ContextLine</name>
    <message>
        <source>The model reads from here on</source>
        <translation>模型从这里开始读</translation>
    </message>
</context>
<context>
    <name>xllm::ui::ContextMeter</name>
    <message>
        <source>Context: %1</source>
        <translation>上下文：%1</translation>
    </message>
    <message>
        <source>What the model reads for the next answer: this conversation, and what you are writing.</source>
        <translation>模型为下一个回答要读的内容：这段对话，以及您正在写的文字。</translation>
    </message>
    <message>
        <source>too long</source>
        <translation>太长</translation>
    </message>
    <message numerus="yes">
        <source>%n left out</source>
        <translation>
            <numerusform>%n 条不再读取</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>xllm::ui::ContextWords</name>
    <message>
        <source>about %1 of %2 tokens</source>
        <translation>约 %1 / %2 个词元</translation>
    </message>
    <message>
        <source>%1 of %2 tokens</source>
        <translation>%1 / %2 个词元</translation>
    </message>
    <message>
        <source>This message is too long for the model: shorten it, or send it in parts.</source>
        <translation>这条消息对模型来说太长：请缩短，或分几次发送。</translation>
    </message>
    <message numerus="yes">
        <source>The model will not read the %n oldest message(s) any more: there is no room.</source>
        <translation>
            <numerusform>空间不够，模型将不再读取最早的 %n 条消息。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>xllm::ui::ConversationDelegate</name>
    <message>
        <source>Name of the conversation</source>
        <translation>对话名称</translation>
    </message>
</context>
<context>
    <name>xllm::ui::ConversationList</name>
    <message>
        <source>Untitled</source>
        <translation>未命名</translation>
    </message>
    <message>
        <source>pinned</source>
        <translation>已置顶</translation>
    </message>
    <message>
        <source>with pictures</source>
        <translation>含图片</translation>
    </message>
    <message>
        <source>with clips</source>
        <translation>含视频</translation>
    </message>
    <message>
        <source>with recordings</source>
        <translation>含录音</translation>
    </message>
</context>
<context>
    <name>xllm::ui::ConversationView</name>
    <message>
        <source>Conversation</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>消息列表</translation>
    </message>
    <message>
        <source>Jump to the newest message</source>
        <translation>跳到最新消息</translation>
    </message>
</context>
<context>
    <name>xllm::ui::CurvePanel</name>
    <message>
        <source>no other run</source>
        <translation>不比较</translation>
    </message>
    <message>
        <source>%1, training</source>
        <translation>%1，训练</translation>
    </message>
    <message>
        <source>%1, validation</source>
        <translation>%1，验证</translation>
    </message>
    <message>
        <source>training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>validation</source>
        <translation>验证</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Compare with</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>Smooth</source>
        <translation>平滑</translation>
    </message>
    <message>
        <source>Measure that is shown</source>
        <translation>所显示的指标</translation>
    </message>
    <message>
        <source>Run to compare with</source>
        <translation>用来比较的训练</translation>
    </message>
    <message>
        <source>Smoothing of the curves</source>
        <translation>曲线的平滑程度</translation>
    </message>
    <message>
        <source>Logarithmic</source>
        <translation>对数</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Nearer</source>
        <translation>放大</translation>
    </message>
    <message>
        <source>Farther</source>
        <translation>缩小</translation>
    </message>
    <message>
        <source>All steps</source>
        <translation>全部步数</translation>
    </message>
</context>
<context>
    <name>xllm::ui::CurveView</name>
    <message>
        <source>step %1</source>
        <translation>第 %1 步</translation>
    </message>
    <message>
        <source>Curves</source>
        <translation>曲线</translation>
    </message>
    <message>
        <source>%1: from %2 to %3</source>
        <translation>%1：从 %2 到 %3</translation>
    </message>
    <message>
        <source>Ctrl and the wheel, or + and −: nearer and farther. Arrow keys or dragging: along. 0: all of it.</source>
        <translation>Ctrl 加滚轮，或 + 和 −：放大和缩小。方向键或拖动：移动。0：全部。</translation>
    </message>
</context>
<context>
    <name>xllm::ui::DataLook</name>
    <message>
        <source>Checked: %1 of %2 examples can be used; remarks: %3</source>
        <translation>已检查：%2 个样本中可用 %1 个；提示 %3 条</translation>
    </message>
    <message>
        <source>Look at it and check it …</source>
        <translation>查看并检查…</translation>
    </message>
    <message>
        <source>Training data</source>
        <translation>训练数据</translation>
    </message>
</context>
<context>
    <name>xllm::ui::DataPage</name>
    <message>
        <source>The report was saved</source>
        <translation>报告已保存</translation>
    </message>
    <message>
        <source>The report was not saved</source>
        <translation>报告没有保存</translation>
    </message>
    <message>
        <source>This data cannot be read</source>
        <translation>无法读取这些数据</translation>
    </message>
    <message>
        <source>Choose another folder, or make room on the disk.</source>
        <translation>请选择其他文件夹，或腾出磁盘空间。</translation>
    </message>
    <message>
        <source>It is not there any more. Choose it again.</source>
        <translation>它已经不在那里了。请重新选择。</translation>
    </message>
    <message>
        <source>Choose a list or a folder in a form that is read.</source>
        <translation>请选择可以读取的列表或文件夹。</translation>
    </message>
    <message>
        <source>Choose a list for validation</source>
        <translation>选择验证列表</translation>
    </message>
    <message>
        <source>Choose training data</source>
        <translation>选择训练数据</translation>
    </message>
    <message>
        <source>Lists</source>
        <translation>列表</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>所有文件</translation>
    </message>
    <message>
        <source>Save the report</source>
        <translation>保存报告</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>Form: %1</source>
        <translation>形式：%1</translation>
    </message>
    <message>
        <source>examples: %1, of which usable: %2</source>
        <translation>样本：%1，其中可用：%2</translation>
    </message>
    <message>
        <source>files: %1</source>
        <translation>文件：%1</translation>
    </message>
    <message>
        <source>wrong rows: %1</source>
        <translation>错误行：%1</translation>
    </message>
    <message>
        <source>length: %1</source>
        <translation>时长：%1</translation>
    </message>
    <message>
        <source>words in a text: %1 to %2, most often about %3</source>
        <translation>每段文字的词数：%1 到 %2，多为 %3 左右</translation>
    </message>
    <message>
        <source>For training: %1, for validation: %2</source>
        <translation>用于训练：%1，用于验证：%2</translation>
    </message>
    <message>
        <source> (a list of its own)</source>
        <translation>（单独的列表）</translation>
    </message>
    <message>
        <source> (%1 %, always the same examples: seed %2)</source>
        <translation>（%1 %，始终是相同的样本：种子 %2）</translation>
    </message>
    <message>
        <source>Reading the list …</source>
        <translation>正在读取列表…</translation>
    </message>
    <message>
        <source>Looking at every file: %1 of %2</source>
        <translation>正在检查每个文件：%1 / %2</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>重新检查</translation>
    </message>
    <message>
        <source>What was found (%1)</source>
        <translation>检查结果（%1）</translation>
    </message>
    <message>
        <source>What was found</source>
        <translation>检查结果</translation>
    </message>
    <message>
        <source>Pictures with captions: a folder in which each picture has a text of the same name, or a list (CSV, JSON, COCO, LLaVA).</source>
        <translation>带说明的图片：一个文件夹，其中每张图片都有同名文本；或一个列表（CSV、JSON、COCO、LLaVA）。</translation>
    </message>
    <message>
        <source>Clips with captions: a folder in which each clip has a text of the same name, or a list (CSV, JSON, MSR-VTT).</source>
        <translation>带说明的视频：一个文件夹，其中每段视频都有同名文本；或一个列表（CSV、JSON、MSR-VTT）。</translation>
    </message>
    <message>
        <source>Recordings with their words: a folder in which each recording has a text of the same name, a folder of Kaldi, LJSpeech or Common Voice, or a list (CSV, JSON).</source>
        <translation>带文字的录音：一个文件夹，其中每段录音都有同名文本；Kaldi、LJSpeech 或 Common Voice 的文件夹；或一个列表（CSV、JSON）。</translation>
    </message>
    <message>
        <source>Conversations about pictures, recordings and clips: a list in JSON (turns, or LLaVA&apos;s).</source>
        <translation>关于图片、录音和视频的对话：JSON 列表（turns 或 LLaVA 形式）。</translation>
    </message>
    <message>
        <source>Training data</source>
        <translation>训练数据</translation>
    </message>
    <message>
        <source>Kept for validation</source>
        <translation>留作验证</translation>
    </message>
    <message>
        <source>Nothing is chosen yet</source>
        <translation>尚未选择</translation>
    </message>
    <message>
        <source>A tenth of the data, always the same examples</source>
        <translation>数据的十分之一，始终是相同的样本</translation>
    </message>
    <message>
        <source>Choose a folder …</source>
        <translation>选择文件夹…</translation>
    </message>
    <message>
        <source>Choose a list …</source>
        <translation>选择列表…</translation>
    </message>
    <message>
        <source>Choose a list for validation …</source>
        <translation>选择验证列表…</translation>
    </message>
    <message>
        <source>Keep a tenth</source>
        <translation>留出十分之一</translation>
    </message>
    <message>
        <source>Examples</source>
        <translation>样本</translation>
    </message>
    <message>
        <source>Leave wrong rows out</source>
        <translation>略过错误的行</translation>
    </message>
    <message>
        <source>Save the report …</source>
        <translation>保存报告…</translation>
    </message>
    <message>
        <source>table</source>
        <translation>表格</translation>
    </message>
    <message>
        <source>folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>JSON, one line each</source>
        <translation>JSON，每行一个</translation>
    </message>
    <message>
        <source>JSON, one list</source>
        <translation>JSON，一个列表</translation>
    </message>
    <message>
        <source>languages: %1</source>
        <translation>语言：%1</translation>
    </message>
    <message>
        <source>The lists were not written</source>
        <translation>列表没有写入</translation>
    </message>
    <message>
        <source>Training and validation need at least one usable example each.</source>
        <translation>训练和验证各需要至少一个可用样本。</translation>
    </message>
</context>
<context>
    <name>xllm::ui::DataPreview</name>
    <message>
        <source>No examples</source>
        <translation>没有样本</translation>
    </message>
    <message>
        <source>Examples %1 to %2 of %3</source>
        <translation>第 %1 到 %2 个样本，共 %3 个</translation>
    </message>
    <message>
        <source>Earlier examples</source>
        <translation>前面的样本</translation>
    </message>
    <message>
        <source>Later examples</source>
        <translation>后面的样本</translation>
    </message>
</context>
<context>
    <name>xllm::ui::DataStep</name>
    <message>
        <source>Choose the folder of your data</source>
        <translation>选择数据所在的文件夹</translation>
    </message>
    <message>
        <source>Choose a list of your data</source>
        <translation>选择数据的列表文件</translation>
    </message>
    <message>
        <source>There is no data yet</source>
        <translation>还没有数据</translation>
    </message>
    <message>
        <source>Say where it lies: choose its folder or its list, or drop it here.</source>
        <translation>请说明数据在哪里：选择文件夹或列表，或拖放到这里。</translation>
    </message>
    <message>
        <source>%1: %2 for training, %3 kept for validation</source>
        <translation>%1：%2 个用于训练，%3 个留作验证</translation>
    </message>
    <message>
        <source>Which are kept depends on the examples and the seed %1 alone: it stays so in all stages.</source>
        <translation>留下哪些只取决于样本和种子 %1：所有阶段都一样。</translation>
    </message>
    <message>
        <source>This data cannot be used as it is</source>
        <translation>这些数据还不能使用</translation>
    </message>
    <message>
        <source>What is wrong stands below. Correct it, or leave wrong rows out.</source>
        <translation>问题列在下面。请改正，或略去有误的行。</translation>
    </message>
    <message>
        <source>Your data</source>
        <translation>您的数据</translation>
    </message>
    <message>
        <source>It stays where it is. Part of it is kept apart, to measure what was learned on examples that were never seen.</source>
        <translation>数据留在原处。其中一部分会单独留出，用从未见过的样本来衡量学到了什么。</translation>
    </message>
    <message>
        <source>Conversations, if you have some</source>
        <translation>对话（如果有）</translation>
    </message>
    <message>
        <source>For stage 3, as JSON lines or in LLaVA&apos;s form. Without them, conversations are made of the data above.</source>
        <translation>用于第 3 阶段，JSON 行或 LLaVA 格式。没有时，会用上面的数据组成对话。</translation>
    </message>
    <message>
        <source>A folder or a list; which form it has is found out.</source>
        <translation>文件夹或列表；格式会自动识别。</translation>
    </message>
    <message>
        <source>Where they lie: %1</source>
        <translation>位置：%1</translation>
    </message>
    <message>
        <source>Folder or list</source>
        <translation>文件夹或列表</translation>
    </message>
    <message>
        <source>Choose a folder …</source>
        <translation>选择文件夹…</translation>
    </message>
    <message>
        <source>Choose a list …</source>
        <translation>选择列表…</translation>
    </message>
    <message>
        <source>Leave wrong rows out</source>
        <translation>略去有误的行</translation>
    </message>
    <message>
        <source>Use this data</source>
        <translation>使用这些数据</translation>
    </message>
    <message>
        <source>Reading the data</source>
        <translation>正在读取数据</translation>
    </message>
</context>
<context>
    <name>xllm::ui::EstimatePanel</name>
    <message>
        <source>%1 – you have %2: too little</source>
        <translation>%1 – 您有 %2：不够</translation>
    </message>
    <message>
        <source>%1 – you have %2</source>
        <translation>%1 – 您有 %2</translation>
    </message>
    <message>
        <source>It takes about %1: %2 until every example was looked at by the frozen encoder, then %3 seconds a step.</source>
        <translation>大约需要 %1：先用 %2 让冻结的编码器看完所有样本，然后每步 %3 秒。</translation>
    </message>
    <message>
        <source>It needs %1 of memory</source>
        <translation>需要 %1 内存</translation>
    </message>
    <message>
        <source>It needs %1 of disk</source>
        <translation>需要 %1 磁盘空间</translation>
    </message>
    <message>
        <source>Stop the estimate</source>
        <translation>停止估算</translation>
    </message>
    <message>
        <source>Estimate time, memory and disk</source>
        <translation>估算时间、内存和磁盘</translation>
    </message>
    <message>
        <source>Take %1 examples a step</source>
        <translation>每步取 %1 个样本</translation>
    </message>
    <message>
        <source>Take %1 steps, which end by tomorrow</source>
        <translation>只走 %1 步，明天之前结束</translation>
    </message>
    <message>
        <source>Keep one view of each picture</source>
        <translation>每张图片只留一个视图</translation>
    </message>
    <message>
        <source>Training cannot start like this</source>
        <translation>这样无法开始训练</translation>
    </message>
    <message>
        <source>What is wrong stands below; training would say the same.</source>
        <translation>问题列在下面；训练也会这样说。</translation>
    </message>
    <message>
        <source>Two steps on a few examples tell what the whole will take. Nothing is kept of them.</source>
        <translation>用少量样本走两步，就知道全部需要多少。不会留下任何东西。</translation>
    </message>
    <message>
        <source>Progress of the estimate</source>
        <translation>估算进度</translation>
    </message>
</context>
<context>
    <name>xllm::ui::FindingWords</name>
    <message>
        <source>Rows that cannot be read</source>
        <translation>无法读取的行</translation>
    </message>
    <message>
        <source>Correct them, or leave them out.</source>
        <translation>请更正，或略过它们。</translation>
    </message>
    <message>
        <source>Rows that say what earlier ones say</source>
        <translation>与前面的行重复的行</translation>
    </message>
    <message>
        <source>Nothing has to be done: each is used once.</source>
        <translation>无需处理：每个只使用一次。</translation>
    </message>
    <message>
        <source>Rows that say something else of a recording that was named before</source>
        <translation>对前面提到过的录音给出不同内容的行</translation>
    </message>
    <message>
        <source>Keep the right row of each recording.</source>
        <translation>每段录音只保留正确的一行。</translation>
    </message>
    <message>
        <source>Files that are not there or cannot be opened</source>
        <translation>不存在或无法打开的文件</translation>
    </message>
    <message>
        <source>Put the files there, correct the names, or leave these rows out.</source>
        <translation>请放入这些文件、更正文件名，或略过这些行。</translation>
    </message>
    <message>
        <source>Files that are empty</source>
        <translation>空文件</translation>
    </message>
    <message>
        <source>Copy them again, or leave these rows out.</source>
        <translation>请重新复制，或略过这些行。</translation>
    </message>
    <message>
        <source>Files of another kind than they should be</source>
        <translation>类型不对的文件</translation>
    </message>
    <message>
        <source>Name the right files, or leave these rows out.</source>
        <translation>请写上正确的文件，或略过这些行。</translation>
    </message>
    <message>
        <source>Files of a format that is not read</source>
        <translation>格式无法读取的文件</translation>
    </message>
    <message>
        <source>Save pictures as JPEG or PNG, recordings as FLAC or WAV, clips as MP4.</source>
        <translation>请将图片存为 JPEG 或 PNG，录音存为 FLAC 或 WAV，视频存为 MP4。</translation>
    </message>
    <message>
        <source>Files that are damaged</source>
        <translation>损坏的文件</translation>
    </message>
    <message>
        <source>Get them again from where they came from, or leave these rows out.</source>
        <translation>请从来源重新获取，或略过这些行。</translation>
    </message>
    <message>
        <source>Files that are cut off</source>
        <translation>不完整的文件</translation>
    </message>
    <message>
        <source>Copy or download them again, or leave these rows out.</source>
        <translation>请重新复制或下载，或略过这些行。</translation>
    </message>
    <message>
        <source>Files that lack their end; what is there can be used</source>
        <translation>缺少结尾的文件；现有部分可用</translation>
    </message>
    <message>
        <source>Copy them again: their texts tell of what is missing, too.</source>
        <translation>请重新复制：它们的文字也描述了缺少的部分。</translation>
    </message>
    <message>
        <source>Files of another format than their names say</source>
        <translation>格式与文件名不符的文件</translation>
    </message>
    <message>
        <source>Nothing has to be done: files are told by their content. Other programs may stumble.</source>
        <translation>无需处理：文件按内容识别。其他程序可能会出错。</translation>
    </message>
    <message>
        <source>Files without a text</source>
        <translation>没有文字的文件</translation>
    </message>
    <message>
        <source>Write a text of the same name beside each, or leave the files out.</source>
        <translation>请在每个文件旁写一个同名文本，或略过这些文件。</translation>
    </message>
    <message>
        <source>Texts that are empty</source>
        <translation>空的文字</translation>
    </message>
    <message>
        <source>Write the texts, or leave them out.</source>
        <translation>请写上文字，或略过它们。</translation>
    </message>
    <message>
        <source>Texts that are not UTF-8</source>
        <translation>不是 UTF-8 的文字</translation>
    </message>
    <message>
        <source>Save the list as UTF-8.</source>
        <translation>请将列表存为 UTF-8。</translation>
    </message>
    <message>
        <source>Texts with letters that a wrong conversion left behind</source>
        <translation>带有错误转换所留乱码的文字</translation>
    </message>
    <message>
        <source>Make the list again from its origin and save it as UTF-8: the model would learn to write such letters.</source>
        <translation>请从来源重新制作列表并存为 UTF-8：否则模型会学着写出这样的乱码。</translation>
    </message>
    <message>
        <source>Marks such as &lt;image&gt; that do not come out even with the files</source>
        <translation>&lt;image&gt; 之类的标记与文件数量不符</translation>
    </message>
    <message>
        <source>Give each mark one file and each file one mark.</source>
        <translation>请让每个标记对应一个文件，每个文件对应一个标记。</translation>
    </message>
    <message>
        <source>Texts without a file</source>
        <translation>没有文件的文字</translation>
    </message>
    <message>
        <source>Look for a mistyped name, or take the texts away.</source>
        <translation>请检查文件名是否写错，或移走这些文字。</translation>
    </message>
    <message>
        <source>Files of the list without a text in it</source>
        <translation>列表中没有文字的文件</translation>
    </message>
    <message>
        <source>Nothing has to be done: they are left out.</source>
        <translation>无需处理：它们会被略过。</translation>
    </message>
    <message>
        <source>Files in the folder that are of no kind that is read here</source>
        <translation>文件夹中这里不读取的文件</translation>
    </message>
    <message>
        <source>Nothing has to be done, unless they are meant to be used: then convert them.</source>
        <translation>无需处理；若要使用，请先转换。</translation>
    </message>
    <message>
        <source>Files with the same content as earlier ones</source>
        <translation>与前面内容相同的文件</translation>
    </message>
    <message>
        <source>Keep one of each: the others count as if they were seen so much more often.</source>
        <translation>每种只保留一个：否则相当于被看到更多次。</translation>
    </message>
    <message>
        <source>Pictures that look nearly like earlier ones</source>
        <translation>与前面几乎相同的图片</translation>
    </message>
    <message>
        <source>Look at them; keep one of each where they are the same picture.</source>
        <translation>请查看；若是同一张图片，只保留一张。</translation>
    </message>
    <message>
        <source>Texts that say the same about another file</source>
        <translation>对不同文件说法相同的文字</translation>
    </message>
    <message>
        <source>Nothing has to be done where the files are alike or several people say one sentence; else write what sets them apart.</source>
        <translation>如果文件相似，或多人说同一句话，则无需处理；否则请写出它们的区别。</translation>
    </message>
    <message>
        <source>Texts in another language or script than the rest</source>
        <translation>语言或文字与其余不同的文字</translation>
    </message>
    <message>
        <source>Languages found: %1.</source>
        <translation>发现的语言：%1。</translation>
    </message>
    <message>
        <source>Translate them or leave them out, unless the model is to learn both.</source>
        <translation>请翻译或略过它们，除非要让模型同时学习这些语言。</translation>
    </message>
    <message>
        <source>Texts that are much shorter or longer than the others</source>
        <translation>比其他短得多或长得多的文字</translation>
    </message>
    <message>
        <source>Half of the texts have %1 to %2 words.</source>
        <translation>一半的文字有 %1 到 %2 个词。</translation>
    </message>
    <message>
        <source>Look whether these texts are whole, and whether several got into one.</source>
        <translation>请检查这些文字是否完整，是否有几段合成了一段。</translation>
    </message>
    <message>
        <source>Pictures or clips that show nothing but one colour</source>
        <translation>只有一种颜色的图片或视频</translation>
    </message>
    <message>
        <source>Leave them out.</source>
        <translation>请略过它们。</translation>
    </message>
    <message>
        <source>Pictures that are very small</source>
        <translation>很小的图片</translation>
    </message>
    <message>
        <source>Smaller than %1 pixels.</source>
        <translation>小于 %1 像素。</translation>
    </message>
    <message>
        <source>Use larger ones: the model sees them magnified and blurred.</source>
        <translation>请使用更大的图片：模型看到的是放大后模糊的样子。</translation>
    </message>
    <message>
        <source>Pictures that are very narrow</source>
        <translation>很狭长的图片</translation>
    </message>
    <message>
        <source>More than %1 times as long as wide.</source>
        <translation>长度超过宽度的 %1 倍。</translation>
    </message>
    <message>
        <source>Cut them: the model sees a square, so that most of them is lost or squeezed.</source>
        <translation>请裁剪：模型看到的是正方形，大部分会丢失或被压扁。</translation>
    </message>
    <message>
        <source>Recordings that are silent, but have words</source>
        <translation>无声却带有文字的录音</translation>
    </message>
    <message>
        <source>Record them again, leave them out, or give them an empty text.</source>
        <translation>请重新录制、略过它们，或给它们空的文字。</translation>
    </message>
    <message>
        <source>Recordings that are very quiet</source>
        <translation>声音很小的录音</translation>
    </message>
    <message>
        <source>Below %1 dB.</source>
        <translation>低于 %1 dB。</translation>
    </message>
    <message>
        <source>Make them louder, or record closer to the microphone.</source>
        <translation>请调大音量，或离麦克风近一些录制。</translation>
    </message>
    <message>
        <source>Recordings that are too loud: their peaks are cut off</source>
        <translation>声音过大的录音：峰值被截断</translation>
    </message>
    <message>
        <source>Record them again with a lower level.</source>
        <translation>请用较低的音量重新录制。</translation>
    </message>
    <message>
        <source>Recordings or clips that are very short</source>
        <translation>很短的录音或视频</translation>
    </message>
    <message>
        <source>Shorter than %1 s.</source>
        <translation>短于 %1 秒。</translation>
    </message>
    <message>
        <source>Look whether they are whole; leave them out if not.</source>
        <translation>请检查是否完整；若不完整，请略过。</translation>
    </message>
    <message>
        <source>Recordings or clips that are very long</source>
        <translation>很长的录音或视频</translation>
    </message>
    <message>
        <source>Recordings over %1 s, clips over %2 s.</source>
        <translation>录音超过 %1 秒，视频超过 %2 秒。</translation>
    </message>
    <message>
        <source>Cut them into pieces with a text each: they take much memory and teach little.</source>
        <translation>请切成各带文字的小段：它们占用大量内存，却学不到多少。</translation>
    </message>
    <message>
        <source>Recordings with more or fewer words than anybody speaks in their time</source>
        <translation>文字与时长不符的录音：没有人说得这么快或这么慢</translation>
    </message>
    <message>
        <source>Look whether the texts belong to these recordings and are whole.</source>
        <translation>请检查文字是否属于这些录音、是否完整。</translation>
    </message>
    <message>
        <source>Recordings that are converted to 16 kHz and one channel</source>
        <translation>会转换为 16 kHz 单声道的录音</translation>
    </message>
    <message>
        <source>As they are: %1.</source>
        <translation>原本：%1。</translation>
    </message>
    <message>
        <source>Nothing has to be done. What was recorded at less than 16 kHz lacks its high tones.</source>
        <translation>无需处理。低于 16 kHz 录制的声音缺少高音。</translation>
    </message>
    <message>
        <source>Examples for training that are the same as ones for validation</source>
        <translation>与验证样本相同的训练样本</translation>
    </message>
    <message>
        <source>Take them out of one side: figures of the validation would be better than the model is.</source>
        <translation>请从其中一边移除：否则验证的数字会好于模型的实际水平。</translation>
    </message>
    <message>
        <source>entry %1 of “%2” in %3</source>
        <translation>%3 中“%2”的第 %1 项</translation>
    </message>
    <message>
        <source>row %1 of %2</source>
        <translation>%2 第 %1 行</translation>
    </message>
    <message>
        <source>line %1 of %2</source>
        <translation>%2 第 %1 行</translation>
    </message>
    <message>
        <source>entry %1 of %2</source>
        <translation>%2 第 %1 项</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>提示</translation>
    </message>
</context>
<context>
    <name>xllm::ui::FindingsView</name>
    <message>
        <source>%1 (%2)</source>
        <translation>%1（%2）</translation>
    </message>
    <message>
        <source>Rows: %1</source>
        <translation>行：%1</translation>
    </message>
    <message>
        <source>Nothing was found. The data can be trained on.</source>
        <translation>没有发现问题。可以用这些数据训练。</translation>
    </message>
    <message>
        <source>What is wrong with the data is listed here once it was looked at.</source>
        <translation>检查之后，这里会列出数据的问题。</translation>
    </message>
    <message>
        <source>What was found</source>
        <translation>检查结果</translation>
    </message>
    <message>
        <source>Enter shows the example</source>
        <translation>按回车显示样本</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>行</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
</context>
<context>
    <name>xllm::ui::FirstRun</name>
    <message>
        <source>What is in this picture?</source>
        <translation>这张图片里有什么？</translation>
    </message>
    <message>
        <source>What is the capital of France?</source>
        <translation>法国的首都是哪里？</translation>
    </message>
    <message>
        <source>Good</source>
        <translation>合适</translation>
    </message>
    <message>
        <source>Not enough</source>
        <translation>不足</translation>
    </message>
    <message>
        <source>Looking …</source>
        <translation>正在查看…</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>处理器</translation>
    </message>
    <message numerus="yes">
        <source>%1, %n thread(s): answers come quickly.</source>
        <translation>
            <numerusform>%1，%n 个线程：回答很快。</numerusform>
        </translation>
    </message>
    <message>
        <source>It works, but answers come slowly: the processor has neither AVX2 nor AVX-512.</source>
        <translation>可以运行，但回答较慢：处理器既没有 AVX2，也没有 AVX-512。</translation>
    </message>
    <message>
        <source>%1 of %2 are free.</source>
        <translation>共 %2，可用 %1。</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>%1 needs about %2.</source>
        <translation>%1 约需 %2。</translation>
    </message>
    <message>
        <source>Disk</source>
        <translation>磁盘</translation>
    </message>
    <message>
        <source>%1 are free. Packs and conversations want about %2.</source>
        <translation>可用 %1。模型包和对话约需 %2。</translation>
    </message>
    <message>
        <source>%1 is ready. You can choose another one at any time.</source>
        <translation>%1 已就绪。您随时可以换用其他模型包。</translation>
    </message>
    <message>
        <source>%1 is being loaded. You need not wait for it.</source>
        <translation>正在加载 %1。您不必等它完成。</translation>
    </message>
    <message>
        <source>No pack is loaded yet. If you have one, choose its folder (it holds pack.json), or install it from an .xpack file. Whoever builds this program makes the starter pack with “make starter-pack”.</source>
        <translation>还没有加载模型包。如果您已有模型包，请选择它的文件夹（其中有 pack.json），或从 .xpack 文件安装。自行编译本程序的人可以用“make starter-pack”制作入门模型包。</translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation>欢迎</translation>
    </message>
    <message>
        <source>Is this computer enough?</source>
        <translation>这台电脑够用吗？</translation>
    </message>
    <message>
        <source>The model pack</source>
        <translation>模型包</translation>
    </message>
    <message>
        <source>Ask something</source>
        <translation>提个问题</translation>
    </message>
    <message>
        <source>A model that sees and hears, on your own computer. Nothing you write, show or say leaves it. Which language do you speak?</source>
        <translation>一个能看能听的模型，就在您自己的电脑上。您写的、展示的、说的都不会离开它。您使用哪种语言？</translation>
    </message>
    <message>
        <source>The program needs no graphics card and no network.</source>
        <translation>本程序不需要显卡，也不需要网络。</translation>
    </message>
    <message>
        <source>Step %1 of %2</source>
        <translation>第 %1 步，共 %2 步</translation>
    </message>
    <message>
        <source>The language of this computer</source>
        <translation>这台电脑的语言</translation>
    </message>
    <message>
        <source>Choose a folder …</source>
        <translation>选择文件夹…</translation>
    </message>
    <message>
        <source>Model packs …</source>
        <translation>模型包…</translation>
    </message>
    <message>
        <source>Skip</source>
        <translation>跳过</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>上一步</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>下一步</translation>
    </message>
    <message>
        <source>First steps</source>
        <translation>初次使用</translation>
    </message>
    <message>
        <source>Try one of these, or write a question of your own below. The starter knows English.</source>
        <translation>试试下面的例子，或在底部写下您自己的问题。入门模型包只懂英语，所以例子会用英语提问。</translation>
    </message>
</context>
<context>
    <name>xllm::ui::FrameStrip</name>
    <message>
        <source>Start of the part</source>
        <translation>片段起点</translation>
    </message>
    <message>
        <source>End of the part</source>
        <translation>片段终点</translation>
    </message>
    <message>
        <source>Frames of the clip</source>
        <translation>视频画面</translation>
    </message>
    <message numerus="yes">
        <source>%n frame(s) from %1 to %2</source>
        <translation>
            <numerusform>%1 至 %2 的 %n 帧</numerusform>
        </translation>
    </message>
    <message>
        <source>Drag, or use the arrow keys; with Shift it moves further, with Ctrl less far</source>
        <translation>拖动或使用方向键；按住 Shift 移动更多，按住 Ctrl 移动更少</translation>
    </message>
</context>
<context>
    <name>xllm::ui::InlineMessage</name>
    <message>
        <source>Copy details</source>
        <translation>复制详细信息</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Dismiss this message</source>
        <translation>关闭此提示</translation>
    </message>
</context>
<context>
    <name>xllm::ui::KeptData</name>
    <message>
        <source>The file with your presets was damaged</source>
        <translation>保存预设的文件已损坏</translation>
    </message>
    <message>
        <source>It was put aside under the name below; nothing in it was deleted. The built-in presets are there.</source>
        <translation>该文件已改用下面的名称保留，其中的内容没有删除。现在使用内置预设。</translation>
    </message>
    <message>
        <source>Your presets cannot be saved</source>
        <translation>无法保存您的预设</translation>
    </message>
    <message>
        <source>The disk is full or may not be written to. They last until the program ends.</source>
        <translation>磁盘已满或不可写。在程序退出之前，这些预设仍然有效。</translation>
    </message>
    <message>
        <source>Delete everything</source>
        <translation>全部删除</translation>
    </message>
    <message>
        <source>Not everything could be deleted</source>
        <translation>未能全部删除</translation>
    </message>
    <message>
        <source>The folder of the conversations may not be written to, or another program holds it.</source>
        <translation>对话所在的文件夹不可写，或正被其他程序占用。</translation>
    </message>
    <message>
        <source>Delete all trainings</source>
        <translation>删除所有训练</translation>
    </message>
    <message>
        <source>Delete all trainings, with their runs, checkpoints and curves? This cannot be undone. Packs that were made of them, and the pictures and recordings that you trained with, stay.</source>
        <translation>要删除所有训练及其运行、检查点和曲线吗？此操作无法撤销。由它们生成的模型包，以及您训练时使用的图片和录音都会保留。</translation>
    </message>
    <message>
        <source>Delete all conversations, with their pictures, recordings and copies, all trainings, with their runs and checkpoints, and all settings and presets? This cannot be undone. Model packs stay.</source>
        <translation>要删除所有对话及其图片、录音和副本，所有训练及其运行和检查点，以及所有设置和预设吗？此操作无法撤销。模型包会保留。</translation>
    </message>
    <message>
        <source>A training is running</source>
        <translation>有训练正在进行</translation>
    </message>
    <message>
        <source>Nothing was deleted. Pause the training under File → Training, and try again.</source>
        <translation>没有删除任何内容。请在“文件 → 训练”中暂停训练，然后重试。</translation>
    </message>
    <message>
        <source>Not every training could be deleted</source>
        <translation>有些训练未能删除</translation>
    </message>
    <message>
        <source>The folder below may not be written to, or another program holds a file in it.</source>
        <translation>下面的文件夹不允许写入，或者另一个程序正在占用其中的文件。</translation>
    </message>
</context>
<context>
    <name>xllm::ui::ListeningGroup</name>
    <message>
        <source>The system&apos;s own choice</source>
        <translation>由系统选择</translation>
    </message>
    <message>
        <source>The one chosen before (not there)</source>
        <translation>之前选择的（未连接）</translation>
    </message>
    <message>
        <source>&amp;Way of talking</source>
        <translation>说话方式(&amp;W)</translation>
    </message>
    <message>
        <source>Click, then talk</source>
        <translation>点击后说话</translation>
    </message>
    <message>
        <source>Hold while talking</source>
        <translation>按住说话</translation>
    </message>
    <message>
        <source>Hands-free</source>
        <translation>免提</translation>
    </message>
    <message>
        <source>A click on the microphone opens it; it closes when you stop speaking, or by a click.</source>
        <translation>点击麦克风即可打开；您停止说话或再次点击时关闭。</translation>
    </message>
    <message>
        <source>The microphone is open while its button or the key F8 is held down.</source>
        <translation>按住麦克风按钮或 F8 键时，麦克风打开。</translation>
    </message>
    <message>
        <source>The microphone stays open, and whatever you say is answered, until you close it.</source>
        <translation>麦克风保持打开，您说的每句话都会得到回答，直到您将其关闭。</translation>
    </message>
    <message>
        <source>What you s&amp;aid</source>
        <translation>说过的话(&amp;A)</translation>
    </message>
    <message>
        <source>Goes out at once when hands-free</source>
        <translation>免提时立即发送</translation>
    </message>
    <message>
        <source>Always goes out at once</source>
        <translation>总是立即发送</translation>
    </message>
    <message>
        <source>Waits until you have read it</source>
        <translation>等您看过之后再发送</translation>
    </message>
    <message>
        <source>&amp;Microphone</source>
        <translation>麦克风(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Pause that ends it</source>
        <translation>结束前的停顿(&amp;P)</translation>
    </message>
    <message>
        <source> s</source>
        <translation> 秒</translation>
    </message>
    <message>
        <source>How long it must be quiet before what was said counts as complete.</source>
        <translation>停顿这么久之后，才算说完。</translation>
    </message>
    <message>
        <source>S&amp;ensitivity</source>
        <translation>灵敏度(&amp;E)</translation>
    </message>
    <message>
        <source>To the right, quiet and unclear speech counts, too; to the left, less noise is heard.</source>
        <translation>向右：轻声和不清晰的话也会被听到；向左：更少听到噪声。</translation>
    </message>
    <message>
        <source>&amp;Take out what this computer plays (for loudspeakers)</source>
        <translation>消除这台电脑播放的声音（使用扬声器时）(&amp;T)</translation>
    </message>
    <message>
        <source>Sho&amp;w what was understood</source>
        <translation>显示识别出的文字(&amp;W)</translation>
    </message>
    <message>
        <source>Nothing is recorded before you ask for it, and a red sign shows whenever the microphone is open. Recordings stay on this computer.</source>
        <translation>未经您要求不会录音；麦克风打开时总会显示红色标志。录音只保存在这台电脑上。</translation>
    </message>
</context>
<context>
    <name>xllm::ui::ListeningWorker</name>
    <message>
        <source>No model pack of this computer brings a voice detector.</source>
        <translation>这台电脑上的模型包都不带语音检测器。</translation>
    </message>
    <message>
        <source>On this system a program cannot hear what the loudspeakers play.</source>
        <translation>在此系统上，程序无法获知扬声器播放的内容。</translation>
    </message>
    <message>
        <source>The sound server does not tell what the loudspeakers play.</source>
        <translation>声音服务没有提供扬声器播放的内容。</translation>
    </message>
</context>
<context>
    <name>xllm::ui::MainWindow</name>
    <message>
        <source>An answer is running: Esc stops it. Your text stays here.</source>
        <translation>正在回答：按 Esc 可停止。您的文字会保留在这里。</translation>
    </message>
    <message>
        <source>X-LLM Desktop</source>
        <translation>X-LLM 桌面版</translation>
    </message>
    <message>
        <source>What would you like to know?</source>
        <translation>您想了解什么？</translation>
    </message>
    <message>
        <source>Choose a model pack …</source>
        <translation>选择模型包…</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>You are editing an earlier message</source>
        <translation>正在编辑较早的消息</translation>
    </message>
    <message>
        <source>Sending makes a new version of it; the old one and its answers stay.</source>
        <translation>发送后会生成一个新版本；旧版本及其回答都会保留。</translation>
    </message>
    <message>
        <source>Load “%1”</source>
        <translation>加载“%1”</translation>
    </message>
    <message>
        <source>The program ended unexpectedly last time</source>
        <translation>程序上次意外退出</translation>
    </message>
    <message>
        <source>Your conversations are here, with all that was written. The model pack was not loaded by itself: it might have been the reason.</source>
        <translation>您的对话都在，已写出的内容也都在。模型包没有自动加载：它可能正是退出的原因。</translation>
    </message>
    <message>
        <source>Stop editing</source>
        <translation>停止编辑</translation>
    </message>
    <message>
        <source>How the model answers</source>
        <translation>模型的回答方式</translation>
    </message>
    <message>
        <source>Preset: %1</source>
        <translation>预设：%1</translation>
    </message>
    <message>
        <source>Start normally</source>
        <translation>正常启动</translation>
    </message>
    <message>
        <source>Safe start</source>
        <translation>安全启动</translation>
    </message>
    <message>
        <source>This is a safe start</source>
        <translation>当前为安全启动</translation>
    </message>
    <message>
        <source>No model pack was loaded and no conversation or attached file was opened. The settings are the default ones; what you change in them lasts until the program ends.</source>
        <translation>没有加载模型包，也没有打开对话或附件。设置均为默认值；您对设置的更改只在程序退出前有效。</translation>
    </message>
    <message>
        <source>The program ended unexpectedly several times in a row</source>
        <translation>程序连续多次意外退出</translation>
    </message>
    <message>
        <source>Your conversations are at the side. Nothing was opened or loaded by itself. A safe start leaves out everything that might be the reason: the model pack, attached files and your settings.</source>
        <translation>您的对话都在侧边列表中。没有自动打开或加载任何内容。安全启动会略过所有可能的原因：模型包、附件和您的设置。</translation>
    </message>
    <message>
        <source>“%1” is not there any more</source>
        <translation>“%1”已不在原处</translation>
    </message>
    <message>
        <source>What the model was given of it is kept with your message instead.</source>
        <translation>已改为将模型所得到的内容与您的消息一起保存。</translation>
    </message>
    <message>
        <source>Ask about a picture, a clip, a recording, or anything else. Everything stays on this computer.</source>
        <translation>可以询问图片、视频、录音或任何其他内容。一切都保留在这台电脑上。</translation>
    </message>
    <message>
        <source>● The microphone is open – X-LLM Desktop</source>
        <translation>● 麦克风已打开 – X-LLM 桌面版</translation>
    </message>
</context>
<context>
    <name>xllm::ui::MediaViewer</name>
    <message>
        <source>Length: %1</source>
        <translation>时长：%1</translation>
    </message>
    <message>
        <source>%1 pixels</source>
        <translation>%1 像素</translation>
    </message>
    <message>
        <source>The marked %1 pixels, made %2. The rest is not seen.</source>
        <translation>框出的 %1 像素，缩放为 %2。其余部分模型看不到。</translation>
    </message>
    <message>
        <source>All of it, squeezed into %1 pixels.</source>
        <translation>整幅图片，压成 %1 像素。</translation>
    </message>
    <message>
        <source>All of it, as %1 pixels.</source>
        <translation>整幅图片，缩放为 %1 像素。</translation>
    </message>
    <message>
        <source>Reading …</source>
        <translation>正在读取…</translation>
    </message>
    <message>
        <source>Known once a model pack is loaded.</source>
        <translation>加载模型包后即可得知。</translation>
    </message>
    <message>
        <source>Listening …</source>
        <translation>正在听…</translation>
    </message>
    <message>
        <source>Looking …</source>
        <translation>正在看…</translation>
    </message>
    <message>
        <source>All of it is heard: %1.</source>
        <translation>全部听到：%1。</translation>
    </message>
    <message numerus="yes">
        <source>It takes %n token(s) of the conversation.</source>
        <translation>
            <numerusform>占用对话中的 %n 个词元。</numerusform>
        </translation>
    </message>
    <message>
        <source>The original</source>
        <translation>原件</translation>
    </message>
    <message>
        <source>What the model hears</source>
        <translation>模型听到的</translation>
    </message>
    <message>
        <source>What the model sees</source>
        <translation>模型看到的</translation>
    </message>
    <message>
        <source>No words were understood.</source>
        <translation>没有听出任何话语。</translation>
    </message>
    <message>
        <source>Play in another program</source>
        <translation>用其他程序播放</translation>
    </message>
    <message>
        <source>Open in another program</source>
        <translation>用其他程序打开</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>The original: %1</source>
        <translation>原件：%1</translation>
    </message>
    <message>
        <source>What the model sees: %1</source>
        <translation>模型看到的：%1</translation>
    </message>
    <message>
        <source>What was understood</source>
        <translation>听出的内容</translation>
    </message>
    <message numerus="yes">
        <source>%n frame(s) of it are seen, each as %1 pixels.</source>
        <translation>
            <numerusform>看到其中 %n 帧，每帧为 %1 像素。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>xllm::ui::MessageText</name>
    <message>
        <source>Copy code</source>
        <translation>复制代码</translation>
    </message>
    <message>
        <source>Open %1</source>
        <translation>打开 %1</translation>
    </message>
    <message>
        <source>Not opened: %1</source>
        <translation>不会打开：%1</translation>
    </message>
    <message>
        <source>Copy address</source>
        <translation>复制地址</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy message</source>
        <translation>复制消息</translation>
    </message>
    <message>
        <source>Select all</source>
        <translation>全选</translation>
    </message>
</context>
<context>
    <name>xllm::ui::MessageWidget</name>
    <message>
        <source>You</source>
        <translation>您</translation>
    </message>
    <message>
        <source>Reply</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Your message</source>
        <translation>您的消息</translation>
    </message>
    <message>
        <source>Text of the reply</source>
        <translation>回答内容</translation>
    </message>
    <message>
        <source>Copy message</source>
        <translation>复制消息</translation>
    </message>
    <message>
        <source>Copy this reply</source>
        <translation>复制此回答</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Edit message</source>
        <translation>编辑消息</translation>
    </message>
    <message>
        <source>Waits until the model pack is loaded …</source>
        <translation>等待模型包加载完成…</translation>
    </message>
    <message>
        <source>Thinking …</source>
        <translation>正在思考…</translation>
    </message>
    <message>
        <source>Stopped before the first word.</source>
        <translation>在开始回答之前已停止。</translation>
    </message>
    <message>
        <source>The model had nothing to say.</source>
        <translation>模型没有给出内容。</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Ended at the length limit</source>
        <translation>已达到长度上限</translation>
    </message>
    <message numerus="yes">
        <source>%n token(s)</source>
        <translation>
            <numerusform>%n 个词元</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 tokens/s</source>
        <translation>%1 词元/秒</translation>
    </message>
    <message>
        <source>first token after %1 s</source>
        <translation>首个词元 %1 秒</translation>
    </message>
    <message>
        <source>Version %1 of %2</source>
        <translation>第 %1 个版本，共 %2 个</translation>
    </message>
    <message>
        <source>Previous version</source>
        <translation>上一个版本</translation>
    </message>
    <message>
        <source>Previous version of this message</source>
        <translation>此消息的上一个版本</translation>
    </message>
    <message>
        <source>Next version</source>
        <translation>下一个版本</translation>
    </message>
    <message>
        <source>Next version of this message</source>
        <translation>此消息的下一个版本</translation>
    </message>
    <message>
        <source>Copy your message</source>
        <translation>复制您的消息</translation>
    </message>
    <message>
        <source>Edit your message</source>
        <translation>编辑您的消息</translation>
    </message>
    <message>
        <source>Answer again</source>
        <translation>重新回答</translation>
    </message>
    <message>
        <source>Answer again: makes another version of this reply</source>
        <translation>重新回答：生成此回答的另一个版本</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Continue this reply where it ended</source>
        <translation>从中断处继续此回答</translation>
    </message>
    <message>
        <source>The program ended before the first word.</source>
        <translation>程序在第一个词之前就退出了。</translation>
    </message>
    <message>
        <source>Interrupted when the program ended</source>
        <translation>因程序退出而中断</translation>
    </message>
    <message>
        <source>Stop reading</source>
        <translation>停止朗读</translation>
    </message>
    <message>
        <source>Stop reading this reply aloud</source>
        <translation>停止朗读此回答</translation>
    </message>
    <message>
        <source>Read aloud</source>
        <translation>朗读</translation>
    </message>
    <message>
        <source>Read this reply aloud</source>
        <translation>朗读此回答</translation>
    </message>
</context>
<context>
    <name>xllm::ui::MicrophoneButton</name>
    <message>
        <source>Hold to talk (also the key F8)</source>
        <translation>按住说话（也可按住 F8 键）</translation>
    </message>
    <message>
        <source>Close the microphone</source>
        <translation>关闭麦克风</translation>
    </message>
    <message>
        <source>Talk hands-free</source>
        <translation>免提说话</translation>
    </message>
    <message>
        <source>Finish talking</source>
        <translation>结束说话</translation>
    </message>
    <message>
        <source>Talk</source>
        <translation>说话</translation>
    </message>
    <message>
        <source>The microphone is open: finish talking</source>
        <translation>麦克风已打开：结束说话</translation>
    </message>
    <message>
        <source>Talk while the key is held down</source>
        <translation>按住此键说话</translation>
    </message>
</context>
<context>
    <name>xllm::ui::MicrophoneListening</name>
    <message>
        <source>The system does not let this program use the microphone.</source>
        <translation>系统不允许本程序使用麦克风。</translation>
    </message>
</context>
<context>
    <name>xllm::ui::PackCard</name>
    <message>
        <source>All files are as they should be</source>
        <translation>所有文件都完好</translation>
    </message>
    <message>
        <source>Each has the SHA-256 that the pack says.</source>
        <translation>每个文件的 SHA-256 都与模型包所列一致。</translation>
    </message>
    <message>
        <source>Files of this pack are damaged</source>
        <translation>这个模型包的文件已损坏</translation>
    </message>
    <message>
        <source>Install the pack again. The files below are not what the pack says they are.</source>
        <translation>请重新安装该模型包。下列文件与模型包所列的不符。</translation>
    </message>
    <message>
        <source>That did not work</source>
        <translation>没有成功</translation>
    </message>
    <message>
        <source>The pack is as it was. What the disk says stands below.</source>
        <translation>模型包没有变动。磁盘给出的原因见下。</translation>
    </message>
    <message>
        <source>Remove it</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Keep it</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>Remove “%1” from this computer?</source>
        <translation>要从这台电脑上移除“%1”吗？</translation>
    </message>
    <message>
        <source>It is the one in use: no question can be answered until another pack is loaded. %1 become free. Your conversations stay.</source>
        <translation>它正在使用中：加载其他模型包之前将无法回答问题。将释放 %1。您的对话会保留。</translation>
    </message>
    <message>
        <source>%1 become free. Your conversations stay.</source>
        <translation>将释放 %1。您的对话会保留。</translation>
    </message>
    <message>
        <source>This pack cannot be used: %1</source>
        <translation>这个模型包无法使用：%1</translation>
    </message>
    <message>
        <source>answers questions</source>
        <translation>回答问题</translation>
    </message>
    <message>
        <source>sees pictures</source>
        <translation>看图片</translation>
    </message>
    <message>
        <source>watches clips</source>
        <translation>看视频</translation>
    </message>
    <message>
        <source>hears speech</source>
        <translation>听语音</translation>
    </message>
    <message>
        <source>%1 on disk</source>
        <translation>占用磁盘 %1</translation>
    </message>
    <message>
        <source>needs about %1 of memory, %2 are free</source>
        <translation>约需内存 %1，可用 %2</translation>
    </message>
    <message>
        <source>needs about %1 of memory</source>
        <translation>约需内存 %1</translation>
    </message>
    <message>
        <source>in use</source>
        <translation>使用中</translation>
    </message>
    <message>
        <source>cannot be used</source>
        <translation>无法使用</translation>
    </message>
    <message>
        <source>too large</source>
        <translation>过大</translation>
    </message>
    <message>
        <source>Use it</source>
        <translation>使用</translation>
    </message>
    <message>
        <source>Check its files</source>
        <translation>检查文件</translation>
    </message>
    <message>
        <source>Remove …</source>
        <translation>移除…</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
</context>
<context>
    <name>xllm::ui::PackGuide</name>
    <message>
        <source>Choose the folder of a model pack</source>
        <translation>选择模型包的文件夹</translation>
    </message>
</context>
<context>
    <name>xllm::ui::PackLine</name>
    <message>
        <source>Loading progress</source>
        <translation>加载进度</translation>
    </message>
    <message>
        <source>No model pack is loaded</source>
        <translation>未加载模型包</translation>
    </message>
    <message>
        <source>Loading %1 …</source>
        <translation>正在加载 %1…</translation>
    </message>
    <message>
        <source>%1 tokens/s</source>
        <translation>%1 词元/秒</translation>
    </message>
    <message>
        <source>first token after %1 s</source>
        <translation>首个词元 %1 秒</translation>
    </message>
    <message>
        <source>Loading %1: %2 …</source>
        <translation>正在加载 %1：%2…</translation>
    </message>
    <message>
        <source>language model</source>
        <translation>语言模型</translation>
    </message>
    <message>
        <source>image encoder</source>
        <translation>图像编码器</translation>
    </message>
    <message>
        <source>speech encoder</source>
        <translation>语音编码器</translation>
    </message>
    <message>
        <source>%1 of memory</source>
        <translation>内存 %1</translation>
    </message>
</context>
<context>
    <name>xllm::ui::PackManager</name>
    <message>
        <source>Choose the folder of a model pack</source>
        <translation>选择模型包的文件夹</translation>
    </message>
    <message>
        <source>Choose a model pack in one file</source>
        <translation>选择单个文件的模型包</translation>
    </message>
    <message>
        <source>Model packs</source>
        <translation>模型包</translation>
    </message>
    <message>
        <source>All files</source>
        <translation>所有文件</translation>
    </message>
    <message>
        <source>Use it now</source>
        <translation>立即使用</translation>
    </message>
    <message>
        <source>The pack was installed</source>
        <translation>模型包已安装</translation>
    </message>
    <message>
        <source>All its files are as they should be.</source>
        <translation>所有文件都完好。</translation>
    </message>
    <message>
        <source>Choose a folder that holds pack.json, or an .xpack file.</source>
        <translation>请选择含有 pack.json 的文件夹，或 .xpack 文件。</translation>
    </message>
    <message>
        <source>It is no model pack, or it is installed already.</source>
        <translation>它不是模型包，或者已经安装。</translation>
    </message>
    <message>
        <source>A file of it is damaged. Get the pack again.</source>
        <translation>其中有文件已损坏。请重新获取该模型包。</translation>
    </message>
    <message>
        <source>There is not enough room on the disk, or it may not be written to.</source>
        <translation>磁盘空间不足，或不允许写入。</translation>
    </message>
    <message>
        <source>This version of the program does not read this kind of pack.</source>
        <translation>此版本的程序无法读取这种模型包。</translation>
    </message>
    <message>
        <source>The pack was not installed</source>
        <translation>模型包未安装</translation>
    </message>
    <message>
        <source>The model packs cannot be listed</source>
        <translation>无法列出模型包</translation>
    </message>
    <message>
        <source>What went wrong stands below.</source>
        <translation>出错的原因列在下面。</translation>
    </message>
    <message>
        <source>A pack holds a language model with its eyes and ears. Everything it does, it does on this computer.</source>
        <translation>模型包里有语言模型和它的眼睛与耳朵。它所做的一切都在这台电脑上完成。</translation>
    </message>
    <message>
        <source>There is no model pack on this computer yet. Install one from a folder or an .xpack file.</source>
        <translation>这台电脑上还没有模型包。请从文件夹或 .xpack 文件安装。</translation>
    </message>
    <message>
        <source>Install from a folder …</source>
        <translation>从文件夹安装…</translation>
    </message>
    <message>
        <source>Install from a file …</source>
        <translation>从文件安装…</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Installing</source>
        <translation>正在安装</translation>
    </message>
</context>
<context>
    <name>xllm::ui::PresetMenu</name>
    <message>
        <source>&amp;Preset</source>
        <translation>预设(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Edit presets …</source>
        <translation>编辑预设(&amp;E)…</translation>
    </message>
</context>
<context>
    <name>xllm::ui::Presets</name>
    <message>
        <source>Balanced</source>
        <translation>均衡</translation>
    </message>
    <message>
        <source>Precise</source>
        <translation>精确</translation>
    </message>
    <message>
        <source>Imaginative</source>
        <translation>奔放</translation>
    </message>
    <message>
        <source>Without a name</source>
        <translation>未命名</translation>
    </message>
    <message>
        <source>%1 (copy)</source>
        <translation>%1（副本）</translation>
    </message>
    <message>
        <source>New preset</source>
        <translation>新预设</translation>
    </message>
</context>
<context>
    <name>xllm::ui::PreviewCard</name>
    <message>
        <source>Without words</source>
        <translation>没有文字</translation>
    </message>
    <message>
        <source>more files: %1</source>
        <translation>其他文件：%1</translation>
    </message>
    <message>
        <source>cannot be used</source>
        <translation>不可用</translation>
    </message>
    <message>
        <source>for validation</source>
        <translation>用于验证</translation>
    </message>
</context>
<context>
    <name>xllm::ui::Problems</name>
    <message>
        <source>The model pack could not be loaded</source>
        <translation>无法加载模型包</translation>
    </message>
    <message>
        <source>“%1” could not be loaded</source>
        <translation>无法加载“%1”</translation>
    </message>
    <message>
        <source>“%1” was not added</source>
        <translation>未能添加“%1”</translation>
    </message>
    <message>
        <source>There is not enough memory for this answer</source>
        <translation>内存不足，无法完成此回答</translation>
    </message>
    <message>
        <source>This message could not be answered</source>
        <translation>无法回答此消息</translation>
    </message>
    <message>
        <source>The folder, or a part of the pack in it, is not there. Choose the folder that holds pack.json.</source>
        <translation>文件夹或其中的部分文件不存在。请选择包含 pack.json 的文件夹。</translation>
    </message>
    <message>
        <source>The file is not there any more, or may not be read. Check where it is and add it again.</source>
        <translation>文件已不存在或无法读取。请检查其位置后重新添加。</translation>
    </message>
    <message>
        <source>A part of the model pack is missing. Load the pack again, or choose another one.</source>
        <translation>模型包缺少部分文件。请重新加载，或选择其他模型包。</translation>
    </message>
    <message>
        <source>This folder is not a model pack. Choose the folder that holds pack.json.</source>
        <translation>此文件夹不是模型包。请选择包含 pack.json 的文件夹。</translation>
    </message>
    <message>
        <source>A file of the pack is damaged. Fetch or build the pack again.</source>
        <translation>模型包中有文件已损坏。请重新获取或重新制作模型包。</translation>
    </message>
    <message>
        <source>The file is damaged. Open it in another program and save it anew, or try another file.</source>
        <translation>文件已损坏。请用其他程序打开并重新保存，或尝试其他文件。</translation>
    </message>
    <message>
        <source>A file of the model pack is damaged. Fetch or build the pack again.</source>
        <translation>模型包中有文件已损坏。请重新获取或重新制作模型包。</translation>
    </message>
    <message>
        <source>This version of the program does not know this kind of pack. Choose another pack.</source>
        <translation>此版本的程序不支持这种模型包。请选择其他模型包。</translation>
    </message>
    <message>
        <source>The loaded pack cannot do this. Leave the attachment out, or choose another pack.</source>
        <translation>当前模型包无法完成此操作。请去掉附件，或选择其他模型包。</translation>
    </message>
    <message>
        <source>Close other programs, make the message or its pictures smaller, or use a smaller pack.</source>
        <translation>请关闭其他程序、缩短消息或缩小图片，或使用更小的模型包。</translation>
    </message>
    <message>
        <source>Nothing could be written: the disk is full or may not be written to. Make room and try again.</source>
        <translation>无法写入：磁盘已满或没有写入权限。请腾出空间后重试。</translation>
    </message>
    <message>
        <source>It was stopped.</source>
        <translation>已停止。</translation>
    </message>
    <message>
        <source>A device the model runs on went away. Connect it again and load the pack once more.</source>
        <translation>模型所用的设备已断开。请重新连接并再次加载模型包。</translation>
    </message>
    <message>
        <source>This is a fault in the program. Try again; if it happens again, copy the details and report them.</source>
        <translation>程序内部出错。请重试；如再次发生，请复制详细信息并反馈。</translation>
    </message>
    <message>
        <source>The file with your conversations was damaged</source>
        <translation>保存对话的文件已损坏</translation>
    </message>
    <message>
        <source>An attachment was not kept</source>
        <translation>有一个附件没有保存</translation>
    </message>
    <message>
        <source>Your conversations cannot be saved</source>
        <translation>对话无法保存</translation>
    </message>
    <message>
        <source>Its file is not there any more, or may not be read. The message itself is saved.</source>
        <translation>它的文件已不存在或无法读取。消息本身已保存。</translation>
    </message>
    <message>
        <source>A newer version of this program wrote them, and they were left alone. What is said now is not kept: update the program first.</source>
        <translation>这些对话由更新版本的程序写入，未作改动。现在的内容不会保存：请先更新程序。</translation>
    </message>
    <message>
        <source>The disk is full or may not be written to. Make room: what is said meanwhile is saved as soon as that is possible, but not when the program ends before.</source>
        <translation>磁盘已满或无法写入。请腾出空间：期间的内容会在可以写入时立即保存，但若程序在此之前退出则不会保存。</translation>
    </message>
    <message>
        <source>It was put aside under the name below, and what could still be read is in a new one. Nothing was deleted.</source>
        <translation>该文件已以下面的名称另存，仍可读取的内容已放入新文件。没有删除任何内容。</translation>
    </message>
    <message>
        <source>“%1” could not be opened</source>
        <translation>无法打开“%1”</translation>
    </message>
    <message>
        <source>It is a folder. Open it and add the files that are in it.</source>
        <translation>这是一个文件夹。请打开它，添加其中的文件。</translation>
    </message>
    <message>
        <source>The file is empty: there is nothing in it to look at or to hear.</source>
        <translation>文件是空的：里面没有可看或可听的内容。</translation>
    </message>
    <message>
        <source>It is no ordinary file but a device or a pipe. Add a copy of its content.</source>
        <translation>这不是普通文件，而是设备或管道。请添加其内容的副本。</translation>
    </message>
    <message>
        <source>It is too large or too long to be read. Make it smaller, or cut out the part that matters.</source>
        <translation>文件太大或太长，无法读取。请将其缩小，或截取需要的部分。</translation>
    </message>
    <message>
        <source>Other frames of “%1” could not be read</source>
        <translation>无法读取“%1”的其他画面</translation>
    </message>
    <message>
        <source>The file is not there any more. The frames chosen before are kept.</source>
        <translation>文件已不存在。之前选择的画面会保留。</translation>
    </message>
    <message>
        <source>The frames chosen before are kept. Choose another part, or send these.</source>
        <translation>之前选择的画面会保留。请选择其他片段，或直接发送这些画面。</translation>
    </message>
    <message>
        <source>The model cannot use this message: a picture, clip or sound is unusable, or it is too long. Change it and try again.</source>
        <translation>模型无法使用这条消息：图片、视频或声音不可用，或消息过长。请修改后重试。</translation>
    </message>
    <message>
        <source>Files of this kind cannot be read. Pictures (JPEG, PNG, WebP, …), clips (MP4, WebM, …) and sound files can.</source>
        <translation>无法读取这类文件。可以使用图片（JPEG、PNG、WebP 等）、视频（MP4、WebM 等）和声音文件。</translation>
    </message>
    <message>
        <source>The disk has no room for a copy of it. The message itself is saved; the attachment can be used until the program ends.</source>
        <translation>磁盘没有空间保存它的副本。消息本身已保存；在程序结束之前仍可使用该附件。</translation>
    </message>
    <message>
        <source>It is not a picture, clip or sound file, whatever its name says. Try another file.</source>
        <translation>无论文件名如何，它都不是图片、视频或声音文件。请换一个文件。</translation>
    </message>
</context>
<context>
    <name>xllm::ui::PromptEdit</name>
    <message>
        <source>Send the message</source>
        <translation>发送消息</translation>
    </message>
    <message>
        <source>New line</source>
        <translation>换行</translation>
    </message>
    <message>
        <source>The previous message again, in the empty box</source>
        <translation>在空输入框中取回上一条消息</translation>
    </message>
</context>
<context>
    <name>xllm::ui::ReadingAloud</name>
    <message>
        <source>Nothing can be read aloud</source>
        <translation>无法朗读</translation>
    </message>
    <message>
        <source>This is how answers are read aloud.</source>
        <translation>回答会这样朗读。</translation>
    </message>
</context>
<context>
    <name>xllm::ui::ReadingAloudGroup</name>
    <message>
        <source>As the text&apos;s language</source>
        <translation>随文本的语言</translation>
    </message>
    <message>
        <source>The one chosen before (not there)</source>
        <translation>之前选择的（现在没有）</translation>
    </message>
    <message>
        <source>Read answers aloud while they are &amp;written</source>
        <translation>边写边朗读回答(&amp;W)</translation>
    </message>
    <message>
        <source>&amp;Voice</source>
        <translation>语音(&amp;V)</translation>
    </message>
    <message>
        <source>Text in another language is read by the first voice of that language.</source>
        <translation>其他语言的文本由该语言的第一个语音朗读。</translation>
    </message>
    <message>
        <source>S&amp;peed</source>
        <translation>语速(&amp;P)</translation>
    </message>
    <message>
        <source>Vo&amp;lume</source>
        <translation>音量(&amp;L)</translation>
    </message>
    <message>
        <source>In the middle: as the voice speaks by itself.</source>
        <translation>居中：语音本来的语速。</translation>
    </message>
    <message>
        <source>&amp;Listen</source>
        <translation>试听(&amp;L)</translation>
    </message>
    <message>
        <source>Listen to this voice</source>
        <translation>试听此语音</translation>
    </message>
</context>
<context>
    <name>xllm::ui::Refusals</name>
    <message>
        <source>There is no model to answer yet</source>
        <translation>还没有可以回答的模型</translation>
    </message>
    <message>
        <source>Your message stays here. Choose a model pack and send it then.</source>
        <translation>您的消息会保留在这里。请选择一个模型包，然后再发送。</translation>
    </message>
    <message>
        <source>The loaded pack cannot see pictures</source>
        <translation>当前模型包无法识别图片</translation>
    </message>
    <message>
        <source>Your message stays here. Remove the picture, or choose a pack with an image encoder.</source>
        <translation>您的消息会保留在这里。请移除图片，或选择带有图像编码器的模型包。</translation>
    </message>
    <message>
        <source>The loaded pack cannot listen to sound</source>
        <translation>当前模型包无法识别声音</translation>
    </message>
    <message>
        <source>Your message stays here. Remove the recording, or choose a pack with a speech encoder.</source>
        <translation>您的消息会保留在这里。请移除录音，或选择带有语音编码器的模型包。</translation>
    </message>
    <message>
        <source>The loaded pack cannot watch clips</source>
        <translation>当前模型包无法观看视频</translation>
    </message>
    <message>
        <source>Your message stays here. Remove the clip, or choose a pack with a video interface.</source>
        <translation>您的消息会保留在这里。请移除视频，或选择带有视频接口的模型包。</translation>
    </message>
    <message>
        <source>The model has too much to do</source>
        <translation>模型正忙</translation>
    </message>
    <message>
        <source>Your message stays here. Wait a moment and send it again.</source>
        <translation>您的消息会保留在这里。请稍候再发送。</translation>
    </message>
</context>
<context>
    <name>xllm::ui::ResultPage</name>
    <message>
        <source>The pack needs another name</source>
        <translation>模型包需要另一个名称</translation>
    </message>
    <message>
        <source>It is the name of a folder: without a slash, and without a point in front.</source>
        <translation>它是文件夹名：不含斜杠，也不以点开头。</translation>
    </message>
    <message>
        <source>The pack was not made</source>
        <translation>模型包没有做成</translation>
    </message>
    <message>
        <source>The pack could not be asked</source>
        <translation>无法向模型包提问</translation>
    </message>
    <message>
        <source>The training&apos;s folder cannot be written</source>
        <translation>无法写入训练的文件夹</translation>
    </message>
    <message>
        <source>Make room on the disk, or check the folder&apos;s permissions.</source>
        <translation>请腾出磁盘空间，或检查文件夹的权限。</translation>
    </message>
    <message>
        <source>Measuring did not work</source>
        <translation>测量没有成功</translation>
    </message>
    <message>
        <source>word errors (less is better)</source>
        <translation>词错误率（越低越好）</translation>
    </message>
    <message>
        <source>BLEU-4 (more is better)</source>
        <translation>BLEU-4（越高越好）</translation>
    </message>
    <message>
        <source>CIDEr-D (more is better)</source>
        <translation>CIDEr-D（越高越好）</translation>
    </message>
    <message>
        <source>ROUGE-L (more is better)</source>
        <translation>ROUGE-L（越高越好）</translation>
    </message>
    <message>
        <source>What went wrong stands below.</source>
        <translation>出错的原因列在下面。</translation>
    </message>
    <message>
        <source>Make a pack of what was learned: everything of the old pack, with the new interface, and a card that says how it was trained. It appears among the model packs.</source>
        <translation>把学到的做成模型包：原模型包的全部内容，加上新的接口，以及一张说明训练方法的卡片。它会出现在模型包列表里。</translation>
    </message>
    <message>
        <source>Nothing was trained yet. When a stage has come to its first checkpoint, its result can be tried here.</source>
        <translation>还没有训练过。某个阶段到达第一个检查点之后，就可以在这里试用结果。</translation>
    </message>
    <message>
        <source>The pack is in %1.</source>
        <translation>模型包在 %1。</translation>
    </message>
    <message>
        <source>Right is: %1</source>
        <translation>正确的是：%1</translation>
    </message>
    <message>
        <source>Afterwards</source>
        <translation>训练之后</translation>
    </message>
    <message>
        <source>Name of the new pack</source>
        <translation>新模型包的名称</translation>
    </message>
    <message>
        <source>Make the pack</source>
        <translation>制作模型包</translation>
    </message>
    <message>
        <source>Try it in a chat</source>
        <translation>在对话中试用</translation>
    </message>
    <message>
        <source>Before and now, side by side</source>
        <translation>训练前与训练后，并排比较</translation>
    </message>
    <message>
        <source>Example that was kept apart</source>
        <translation>留出的样本</translation>
    </message>
    <message>
        <source>Question</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>Question; empty: the one that the pack asks by itself</source>
        <translation>问题；留空则用模型包自带的问题</translation>
    </message>
    <message>
        <source>Ask both</source>
        <translation>问两者</translation>
    </message>
    <message>
        <source>The pack it began with says</source>
        <translation>原来的模型包说</translation>
    </message>
    <message>
        <source>The new pack says</source>
        <translation>新的模型包说</translation>
    </message>
    <message>
        <source>Measured on what was kept apart</source>
        <translation>用留出的样本测量</translation>
    </message>
    <message>
        <source>Measure both</source>
        <translation>测量两者</translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>指标</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>之前</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>现在</translation>
    </message>
    <message>
        <source>At work</source>
        <translation>正在进行</translation>
    </message>
</context>
<context>
    <name>xllm::ui::RunPanel</name>
    <message>
        <source>Looking at what is there …</source>
        <translation>正在查看已有内容…</translation>
    </message>
    <message>
        <source>Not started</source>
        <translation>尚未开始</translation>
    </message>
    <message>
        <source>Starting …</source>
        <translation>正在启动…</translation>
    </message>
    <message>
        <source>The frozen encoder looks through the data, once</source>
        <translation>冻结的编码器正在看一遍数据，只看一次</translation>
    </message>
    <message>
        <source>Training: step %1 of %2</source>
        <translation>训练中：第 %1 步，共 %2 步</translation>
    </message>
    <message>
        <source>Stops after this step, with a checkpoint …</source>
        <translation>这一步之后停下，并留下检查点…</translation>
    </message>
    <message>
        <source>Paused after step %1</source>
        <translation>在第 %1 步之后暂停</translation>
    </message>
    <message>
        <source>Finished after step %1</source>
        <translation>在第 %1 步之后完成</translation>
    </message>
    <message>
        <source>Ended at step %1</source>
        <translation>在第 %1 步结束</translation>
    </message>
    <message>
        <source>Interrupted after step %1</source>
        <translation>在第 %1 步之后中断</translation>
    </message>
    <message>
        <source>Train on</source>
        <translation>再训练</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Start training</source>
        <translation>开始训练</translation>
    </message>
    <message>
        <source>%1 of %2 files</source>
        <translation>%1 / %2 个文件</translation>
    </message>
    <message>
        <source>loss %1</source>
        <translation>损失 %1</translation>
    </message>
    <message>
        <source>learning rate %1</source>
        <translation>学习率 %1</translation>
    </message>
    <message>
        <source>%1 examples a second</source>
        <translation>每秒 %1 个样本</translation>
    </message>
    <message>
        <source>%1 left</source>
        <translation>还剩 %1</translation>
    </message>
    <message>
        <source>%1 of memory</source>
        <translation>内存 %1</translation>
    </message>
    <message>
        <source>Go back to step %1?</source>
        <translation>回到第 %1 步？</translation>
    </message>
    <message>
        <source>Checkpoints, curves and samples that came later are deleted. Training goes on from there.</source>
        <translation>之后的检查点、曲线和样例会被删除。训练从那里继续。</translation>
    </message>
    <message>
        <source>Training ended</source>
        <translation>训练已结束</translation>
    </message>
    <message>
        <source>The program xllm was not found beside this one. Install it again.</source>
        <translation>在本程序旁边找不到程序 xllm。请重新安装。</translation>
    </message>
    <message>
        <source>The run&apos;s folder cannot be written. Make room, or check its permissions.</source>
        <translation>无法写入训练的文件夹。请腾出空间，或检查权限。</translation>
    </message>
    <message>
        <source>The reason stands below. The last checkpoint is whole: correct it and go on.</source>
        <translation>原因列在下面。最后的检查点完好：改正后继续。</translation>
    </message>
    <message>
        <source>The reason stands below. Correct it and start again.</source>
        <translation>原因列在下面。改正后重新开始。</translation>
    </message>
    <message>
        <source>Training was interrupted</source>
        <translation>训练被中断</translation>
    </message>
    <message>
        <source>The process was ended from outside, or the computer lost power. Nothing is lost up to the last checkpoint: go on, and the result is the same.</source>
        <translation>进程被外部结束，或电脑断电。到最后的检查点为止什么也没有丢失：继续即可，结果相同。</translation>
    </message>
    <message>
        <source>The process was ended from outside, or the computer lost power, before the first checkpoint. Start again.</source>
        <translation>在第一个检查点之前，进程被外部结束，或电脑断电。请重新开始。</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>After this step, with a checkpoint. It can go on at any time, also after a restart.</source>
        <translation>在这一步之后，并留下检查点。随时可以继续，重启之后也可以。</translation>
    </message>
    <message>
        <source>Finish now</source>
        <translation>现在完成</translation>
    </message>
    <message>
        <source>Stop, and take what was learned so far as the result.</source>
        <translation>停下，以目前学到的作为结果。</translation>
    </message>
    <message>
        <source>Go back …</source>
        <translation>返回…</translation>
    </message>
    <message>
        <source>Go back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>Leave it</source>
        <translation>不返回</translation>
    </message>
    <message>
        <source>Go back to the checkpoint of step</source>
        <translation>回到检查点，步数</translation>
    </message>
    <message>
        <source>What it says of examples it does not learn from, beside what is right, at step</source>
        <translation>对未学过的样本它怎么说，旁边是正确答案，步数</translation>
    </message>
    <message>
        <source>Checkpoint to go back to</source>
        <translation>要回到的检查点</translation>
    </message>
    <message>
        <source>Step of the samples</source>
        <translation>样例的步数</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>样例</translation>
    </message>
    <message>
        <source>Progress of the training</source>
        <translation>训练进度</translation>
    </message>
</context>
<context>
    <name>xllm::ui::SafetyPage</name>
    <message>
        <source>&amp;Stay in the tray when the window is closed</source>
        <translation>关闭窗口后留在系统托盘中(&amp;S)</translation>
    </message>
    <message>
        <source>This desktop shows no tray.</source>
        <translation>此桌面环境没有系统托盘。</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Open the folder of the conversations</source>
        <translation>打开对话所在的文件夹</translation>
    </message>
    <message>
        <source>Open the folder of the settings</source>
        <translation>打开设置所在的文件夹</translation>
    </message>
    <message>
        <source>Delete everything …</source>
        <translation>全部删除…</translation>
    </message>
    <message>
        <source>Folder of the conversations</source>
        <translation>对话所在的文件夹</translation>
    </message>
    <message>
        <source>Folder of the settings</source>
        <translation>设置所在的文件夹</translation>
    </message>
    <message>
        <source>Trainings</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Folder of the trainings</source>
        <translation>训练文件夹</translation>
    </message>
    <message>
        <source>Open the folder of the trainings</source>
        <translation>打开训练文件夹</translation>
    </message>
    <message>
        <source>Model packs</source>
        <translation>模型包</translation>
    </message>
    <message>
        <source>Folder of the model packs</source>
        <translation>模型包文件夹</translation>
    </message>
    <message>
        <source>Open the folder of the model packs</source>
        <translation>打开模型包文件夹</translation>
    </message>
    <message>
        <source>Conversations are kept with their pictures and recordings until you delete them for good. They are not encrypted: whoever can read your files can read them. Nothing is sent anywhere. Removing the program leaves all of these folders as they are.</source>
        <translation>对话连同其中的图片和录音会一直保留，直到您彻底删除。它们没有加密：能读取您文件的人都能读取它们。不会向任何地方发送内容。卸载程序时，以上文件夹都会原样保留。</translation>
    </message>
    <message>
        <source>Model packs are removed one by one under File → Model packs.</source>
        <translation>模型包可在“文件 → 模型包”中逐个删除。</translation>
    </message>
    <message>
        <source>Delete all trainings …</source>
        <translation>删除所有训练…</translation>
    </message>
    <message>
        <source>Prepared weights</source>
        <translation>预处理的权重</translation>
    </message>
    <message>
        <source>Folder of the prepared weights</source>
        <translation>预处理权重所在的文件夹</translation>
    </message>
    <message>
        <source>Open the folder of the prepared weights</source>
        <translation>打开预处理权重所在的文件夹</translation>
    </message>
    <message>
        <source>Prepared weights are made of model packs when they are first opened, so that they open faster the next time. They may be deleted at any time.</source>
        <translation>预处理的权重在首次打开模型包时生成，下次打开会更快。可以随时删除。</translation>
    </message>
</context>
<context>
    <name>xllm::ui::SaidWords</name>
    <message>
        <source>What was understood: %1</source>
        <translation>识别出的文字：%1</translation>
    </message>
    <message>
        <source>Correct it where it is wrong; Enter sends</source>
        <translation>如有错误请更正；按 Enter 发送</translation>
    </message>
    <message>
        <source>What was understood. Correct it where it is wrong: the model gets your words then.</source>
        <translation>这是识别出的文字。如有错误请更正：模型将收到您更正后的文字。</translation>
    </message>
    <message>
        <source>No words were understood. The model gets the recording itself.</source>
        <translation>没有识别出文字。模型将收到录音本身。</translation>
    </message>
    <message>
        <source>The words will stand here …</source>
        <translation>文字将显示在这里…</translation>
    </message>
</context>
<context>
    <name>xllm::ui::SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Pages of the settings</source>
        <translation>设置页面</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Start and safety</source>
        <translation>启动与安全</translation>
    </message>
    <message>
        <source>Voice</source>
        <translation>语音</translation>
    </message>
</context>
<context>
    <name>xllm::ui::ShortcutsDialog</name>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Search in the shortcuts</source>
        <translation>搜索快捷键</translation>
    </message>
    <message>
        <source>Nothing was found</source>
        <translation>没有找到</translation>
    </message>
</context>
<context>
    <name>xllm::ui::Sidebar</name>
    <message>
        <source>Restore</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Delete for good …</source>
        <translation>永久删除…</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation>取消置顶</translation>
    </message>
    <message>
        <source>Pin</source>
        <translation>置顶</translation>
    </message>
    <message>
        <source>Export …</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>Move to the trash</source>
        <translation>移到回收站</translation>
    </message>
    <message>
        <source>Delete for good</source>
        <translation>永久删除</translation>
    </message>
    <message>
        <source>Delete “%1” for good? This cannot be undone.</source>
        <translation>永久删除“%1”？此操作无法撤销。</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Empty the trash</source>
        <translation>清空回收站</translation>
    </message>
    <message numerus="yes">
        <source>Delete %n conversation(s) for good? This cannot be undone.</source>
        <translation>
            <numerusform>永久删除 %n 个对话？此操作无法撤销。</numerusform>
        </translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Conversations in the trash</source>
        <translation>回收站中的对话</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Search in all conversations</source>
        <translation>搜索所有对话</translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation>新建对话</translation>
    </message>
    <message>
        <source>Only conversations with pictures</source>
        <translation>仅含图片的对话</translation>
    </message>
    <message>
        <source>Only conversations with clips</source>
        <translation>仅含视频的对话</translation>
    </message>
    <message>
        <source>Only conversations with recordings</source>
        <translation>仅含录音的对话</translation>
    </message>
    <message>
        <source>Nothing was found</source>
        <translation>没有找到</translation>
    </message>
    <message>
        <source>The trash is empty</source>
        <translation>回收站是空的</translation>
    </message>
    <message>
        <source>What you talk about appears here</source>
        <translation>您的对话会显示在这里</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Bring “%1” back</source>
        <translation>恢复“%1”</translation>
    </message>
    <message>
        <source>Trash</source>
        <translation>回收站</translation>
    </message>
    <message>
        <source>Show the trash</source>
        <translation>显示回收站</translation>
    </message>
    <message>
        <source>Empty</source>
        <translation>清空</translation>
    </message>
    <message>
        <source>Moved to the trash</source>
        <translation>已移到回收站</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
</context>
<context>
    <name>xllm::ui::SoundBar</name>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>播放</translation>
    </message>
    <message>
        <source>Pause: %1</source>
        <translation>暂停：%1</translation>
    </message>
    <message>
        <source>Play: %1</source>
        <translation>播放：%1</translation>
    </message>
    <message>
        <source>Place in %1</source>
        <translation>%1 中的位置</translation>
    </message>
    <message>
        <source>It cannot be played</source>
        <translation>无法播放</translation>
    </message>
</context>
<context>
    <name>xllm::ui::SpeakingBar</name>
    <message>
        <source>Reading aloud</source>
        <translation>朗读</translation>
    </message>
    <message>
        <source>Reading aloud: waits for the next sentence …</source>
        <translation>正在朗读：等待下一句…</translation>
    </message>
    <message>
        <source>Reading is paused</source>
        <translation>朗读已暂停</translation>
    </message>
    <message>
        <source>Listening to you …</source>
        <translation>正在听您说话…</translation>
    </message>
    <message>
        <source>Reading aloud. The microphone waits: press Esc to interrupt.</source>
        <translation>正在朗读，麦克风暂不收听：按 Esc 打断。</translation>
    </message>
    <message>
        <source>Go on reading</source>
        <translation>继续朗读</translation>
    </message>
    <message>
        <source>Pause reading</source>
        <translation>暂停朗读</translation>
    </message>
    <message>
        <source>Next sentence</source>
        <translation>下一句</translation>
    </message>
    <message>
        <source>Stop reading (Esc)</source>
        <translation>停止朗读 (Esc)</translation>
    </message>
</context>
<context>
    <name>xllm::ui::StagePage</name>
    <message>
        <source>Stage 1: converting</source>
        <translation>第 1 阶段：转换</translation>
    </message>
    <message>
        <source>Stage 2: aligning</source>
        <translation>第 2 阶段：对齐</translation>
    </message>
    <message>
        <source>Stage 3: integrating</source>
        <translation>第 3 阶段：整合</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>Clips</source>
        <translation>视频</translation>
    </message>
    <message>
        <source>Speech</source>
        <translation>语音</translation>
    </message>
    <message>
        <source>All of it together</source>
        <translation>全部一起</translation>
    </message>
    <message>
        <source>There is no data yet</source>
        <translation>还没有数据</translation>
    </message>
    <message>
        <source>Choose it on the page before: lists for training are made of it there.</source>
        <translation>请在前面的页面选择数据：训练用的列表在那里生成。</translation>
    </message>
    <message>
        <source>Clips need no stage of their own here: they are looked at through what the pack already learned of pictures. Go on to stage 2.</source>
        <translation>视频在这里不需要自己的阶段：模型包用已经学会的看图能力来看它们。请继续第 2 阶段。</translation>
    </message>
    <message>
        <source>What is seen and heard is converted into words of a foreign language. The interface between the frozen encoder and the language model learns to keep what your texts speak of. The encoder and the language model stay as they are.</source>
        <translation>看到和听到的被转换成一种外语的词。冻结的编码器与语言模型之间的接口学习保留您的文字所说的内容。编码器和语言模型保持不变。</translation>
    </message>
    <message>
        <source>That foreign language is aligned with the language model&apos;s own: the interface learns to speak so that the language model, which stays frozen, says what your texts say. It begins with the result of stage 1.</source>
        <translation>这种外语与语言模型自己的语言对齐：接口学习怎样说，使保持冻结的语言模型说出您的文字所说的内容。从第 1 阶段的结果开始。</translation>
    </message>
    <message>
        <source>Everything is brought together in conversations. Only the adapters and the queries learn, with small steps; all else stays as stage 2 left it. The conversations are made of your data, or are your own.</source>
        <translation>一切在对话中汇合。只有适配器和查询以小步学习；其余保持第 2 阶段的样子。对话由您的数据组成，或是您自己的对话。</translation>
    </message>
</context>
<context>
    <name>xllm::ui::StagePicture</name>
    <message>
        <source>picture</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>image encoder</source>
        <translation>图像编码器</translation>
    </message>
    <message>
        <source>Q-Former</source>
        <translation>Q-Former</translation>
    </message>
    <message>
        <source>adapter</source>
        <translation>适配器</translation>
    </message>
    <message>
        <source>clip</source>
        <translation>视频</translation>
    </message>
    <message>
        <source>speech</source>
        <translation>语音</translation>
    </message>
    <message>
        <source>speech encoder</source>
        <translation>语音编码器</translation>
    </message>
    <message>
        <source>CIF, C-Former</source>
        <translation>CIF、C-Former</translation>
    </message>
    <message>
        <source>language model</source>
        <translation>语言模型</translation>
    </message>
    <message>
        <source>coloured: trained   ·   grey: frozen, stays as it is</source>
        <translation>彩色：训练   ·   灰色：冻结，保持不变</translation>
    </message>
    <message>
        <source>What is trained in this stage</source>
        <translation>这一阶段训练什么</translation>
    </message>
    <message>
        <source>Nothing is trained in this stage.</source>
        <translation>这一阶段不训练任何东西。</translation>
    </message>
    <message>
        <source>Trained: %1. Everything else is frozen.</source>
        <translation>训练：%1。其余全部冻结。</translation>
    </message>
</context>
<context>
    <name>xllm::ui::SystemVoice</name>
    <message>
        <source>This computer has no voice. Add one in the system&apos;s settings of speech, and start the program again.</source>
        <translation>这台电脑没有语音。请在系统的语音设置中添加一个，然后重新启动程序。</translation>
    </message>
    <message>
        <source>This computer has no voice. Install speech-dispatcher with espeak-ng and Qt&apos;s plug-in for it, or flite, and start the program again.</source>
        <translation>这台电脑没有语音。请安装 speech-dispatcher、espeak-ng 及其 Qt 插件，或安装 flite，然后重新启动程序。</translation>
    </message>
</context>
<context>
    <name>xllm::ui::Talk</name>
    <message>
        <source>The model is still loading. What you say goes out as soon as it is there.</source>
        <translation>模型仍在加载。加载完成后，您说的话会立即发送。</translation>
    </message>
    <message>
        <source>Nothing was heard: hold it while you talk</source>
        <translation>没有听到声音：说话时请按住</translation>
    </message>
    <message>
        <source>Nothing was heard</source>
        <translation>没有听到声音</translation>
    </message>
    <message>
        <source>Recording %1</source>
        <translation>录音 %1</translation>
    </message>
</context>
<context>
    <name>xllm::ui::TalkBar</name>
    <message>
        <source>No words were understood</source>
        <translation>没有识别出文字</translation>
    </message>
    <message>
        <source>Understood: %1</source>
        <translation>识别出：%1</translation>
    </message>
    <message>
        <source>The microphone is open</source>
        <translation>麦克风已打开</translation>
    </message>
    <message>
        <source>The microphone is closed</source>
        <translation>麦克风已关闭</translation>
    </message>
    <message>
        <source>Muted: nothing is heard</source>
        <translation>已静音：什么也听不到</translation>
    </message>
    <message>
        <source>Too loud: move away a little, or turn the microphone down</source>
        <translation>声音太大：请离远一些，或调低麦克风音量</translation>
    </message>
    <message>
        <source>You are heard</source>
        <translation>正在听您说话</translation>
    </message>
    <message>
        <source>Talk, and let go when you are done</source>
        <translation>请说话，说完后松开</translation>
    </message>
    <message>
        <source>Listening …</source>
        <translation>正在听…</translation>
    </message>
    <message>
        <source>How loud the microphone hears</source>
        <translation>麦克风听到的音量</translation>
    </message>
    <message>
        <source>Understood so far</source>
        <translation>目前识别出的文字</translation>
    </message>
    <message>
        <source>Let the microphone hear again</source>
        <translation>取消麦克风静音</translation>
    </message>
    <message>
        <source>Mute the microphone</source>
        <translation>麦克风静音</translation>
    </message>
    <message>
        <source>Throw away what was said</source>
        <translation>丢弃刚才说的话</translation>
    </message>
    <message>
        <source>Close the microphone</source>
        <translation>关闭麦克风</translation>
    </message>
    <message>
        <source>Finish talking</source>
        <translation>结束说话</translation>
    </message>
</context>
<context>
    <name>xllm::ui::TalkMenu</name>
    <message>
        <source>The system&apos;s own choice</source>
        <translation>由系统选择</translation>
    </message>
    <message>
        <source>The one chosen before (not there)</source>
        <translation>之前选择的（未连接）</translation>
    </message>
    <message>
        <source>&amp;Way of talking</source>
        <translation>说话方式(&amp;W)</translation>
    </message>
    <message>
        <source>&amp;Click, then talk</source>
        <translation>点击后说话(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Hold while talking</source>
        <translation>按住说话(&amp;H)</translation>
    </message>
    <message>
        <source>Hands-&amp;free</source>
        <translation>免提(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Microphone</source>
        <translation>麦克风(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Show what was understood</source>
        <translation>显示识别出的文字(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Voice settings …</source>
        <translation>语音设置(&amp;V)…</translation>
    </message>
</context>
<context>
    <name>xllm::ui::TalkProblems</name>
    <message>
        <source>The microphone may not be used</source>
        <translation>不允许使用麦克风</translation>
    </message>
    <message>
        <source>The system keeps it from this program, or another program has it for itself. Allow it in the system&apos;s privacy settings, or close the other program. You can type meanwhile.</source>
        <translation>系统不允许本程序使用麦克风，或麦克风被其他程序独占。请在系统的隐私设置中允许，或关闭其他程序。在此期间您可以打字。</translation>
    </message>
    <message>
        <source>There is no microphone</source>
        <translation>没有麦克风</translation>
    </message>
    <message>
        <source>Plug one in, or switch it on, and try again. You can type meanwhile.</source>
        <translation>请接入或打开麦克风，然后重试。在此期间您可以打字。</translation>
    </message>
    <message>
        <source>The microphone went away</source>
        <translation>麦克风已断开</translation>
    </message>
    <message>
        <source>What was said until then is kept. Plug it in again, or choose another one. You can type meanwhile.</source>
        <translation>此前说的话已保留。请重新接入，或选择另一个麦克风。在此期间您可以打字。</translation>
    </message>
    <message>
        <source>Hands-free needs a pack that tells speech from noise</source>
        <translation>免提需要能区分语音和噪声的模型包</translation>
    </message>
    <message>
        <source>No model pack of this computer brings what notices that somebody speaks. Hold or click the microphone instead, or install a pack that does.</source>
        <translation>这台电脑上没有能检测到有人说话的模型包。请改为按住或点击麦克风，或安装带有此功能的模型包。</translation>
    </message>
    <message>
        <source>The microphone could not be heard</source>
        <translation>无法从麦克风取得声音</translation>
    </message>
    <message>
        <source>The sound system reported a fault. Try again, or choose another microphone. You can type meanwhile.</source>
        <translation>声音系统报告了故障。请重试，或选择另一个麦克风。在此期间您可以打字。</translation>
    </message>
    <message>
        <source>The loaded pack cannot listen to speech</source>
        <translation>当前模型包无法听取语音</translation>
    </message>
    <message>
        <source>Type your message, or choose a pack with a speech encoder.</source>
        <translation>请输入消息，或选择带有语音编码器的模型包。</translation>
    </message>
    <message>
        <source>There is no model to listen yet</source>
        <translation>还没有可以听取语音的模型</translation>
    </message>
    <message>
        <source>Choose a model pack first, then talk.</source>
        <translation>请先选择模型包，然后再说话。</translation>
    </message>
</context>
<context>
    <name>xllm::ui::TeachPage</name>
    <message>
        <source>The training&apos;s folder cannot be made</source>
        <translation>无法建立训练的文件夹</translation>
    </message>
    <message>
        <source>Make room on the disk, or check the folder&apos;s permissions.</source>
        <translation>请腾出磁盘空间，或检查文件夹的权限。</translation>
    </message>
    <message>
        <source>My pictures</source>
        <translation>我的图片</translation>
    </message>
    <message>
        <source>My clips</source>
        <translation>我的视频</translation>
    </message>
    <message>
        <source>My recordings</source>
        <translation>我的录音</translation>
    </message>
    <message>
        <source>My data</source>
        <translation>我的数据</translation>
    </message>
    <message>
        <source>Load a model pack first: what is taught is taught to it.</source>
        <translation>请先加载一个模型包：教的就是它。</translation>
    </message>
    <message>
        <source>“%1” has no interface to start from for: %2. Load a pack that has it.</source>
        <translation>“%1”没有可作起点的接口：%2。请加载有它的模型包。</translation>
    </message>
    <message>
        <source>It begins with “%1”, the pack that is loaded. That one stays as it is; the result is another pack.</source>
        <translation>从已加载的模型包“%1”开始。它保持不变；结果是另一个模型包。</translation>
    </message>
    <message>
        <source>What do you want to teach?</source>
        <translation>您想教什么？</translation>
    </message>
    <message>
        <source>The model learns from your own data, on this computer, in three stages. Only the small interface between eyes, ears and the language model learns; nothing leaves this computer.</source>
        <translation>模型在这台电脑上分三个阶段学习您自己的数据。学习的只是眼睛、耳朵与语言模型之间的小接口；任何东西都不会离开这台电脑。</translation>
    </message>
    <message>
        <source>Pictures with what they show</source>
        <translation>图片及其内容</translation>
    </message>
    <message>
        <source>Clips with what happens in them</source>
        <translation>视频及其中发生的事</translation>
    </message>
    <message>
        <source>Recordings with what is said</source>
        <translation>录音及所说的话</translation>
    </message>
    <message>
        <source>All of these together</source>
        <translation>以上全部一起</translation>
    </message>
    <message>
        <source>A folder of pictures, each with a text of the same name; or a table, JSON lines, COCO, LLaVA.</source>
        <translation>图片文件夹，每张图片有同名的文本；或表格、JSON 行、COCO、LLaVA。</translation>
    </message>
    <message>
        <source>Clips with captions in the same forms, or MSR-VTT.</source>
        <translation>同样格式的视频及说明，或 MSR-VTT。</translation>
    </message>
    <message>
        <source>A folder of recordings, each with a text of the same name; or a table, JSON lines, Kaldi, LJSpeech, Common Voice.</source>
        <translation>录音文件夹，每个录音有同名的文本；或表格、JSON 行、Kaldi、LJSpeech、Common Voice。</translation>
    </message>
    <message>
        <source>One after the other, and then together in conversations.</source>
        <translation>先逐一训练，再在对话中一起训练。</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Name of the training</source>
        <translation>训练的名称</translation>
    </message>
    <message>
        <source>Begin</source>
        <translation>开始</translation>
    </message>
    <message>
        <source>Trainings from before</source>
        <translation>以前的训练</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
</context>
<context>
    <name>xllm::ui::TemporaryNotice</name>
    <message>
        <source>Keep it</source>
        <translation>保留此对话</translation>
    </message>
    <message>
        <source>This conversation is temporary</source>
        <translation>这是临时对话</translation>
    </message>
    <message>
        <source>Nothing of it is written to the disk. It is gone once another one is shown or the program ends.</source>
        <translation>其中的任何内容都不会写入磁盘。显示其他对话或退出程序后，它就会消失。</translation>
    </message>
</context>
<context>
    <name>xllm::ui::TrainingWindow</name>
    <message>
        <source>What to teach</source>
        <translation>教什么</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Afterwards</source>
        <translation>训练之后</translation>
    </message>
    <message>
        <source>%1 – running</source>
        <translation>%1 – 进行中</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>上一页</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>下一页</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>What runs goes on, and is found here again.</source>
        <translation>正在进行的会继续，并在这里再次找到。</translation>
    </message>
    <message>
        <source>Page</source>
        <translation>页面</translation>
    </message>
</context>
<context>
    <name>xllm::ui::Transfer</name>
    <message>
        <source>Export the conversation</source>
        <translation>导出对话</translation>
    </message>
    <message>
        <source>Markdown with media</source>
        <translation>Markdown（含媒体）</translation>
    </message>
    <message>
        <source>Web page with media</source>
        <translation>网页（含媒体）</translation>
    </message>
    <message>
        <source>JSON with media, to import again</source>
        <translation>JSON（含媒体，可再次导入）</translation>
    </message>
    <message>
        <source>Conversation</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>The conversation could not be exported</source>
        <translation>对话无法导出</translation>
    </message>
    <message>
        <source>You</source>
        <translation>您</translation>
    </message>
    <message>
        <source>Reply</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>(no longer there)</source>
        <translation>（已不存在）</translation>
    </message>
    <message>
        <source>(too large for a web page)</source>
        <translation>（对网页来说太大）</translation>
    </message>
    <message>
        <source>The conversation was exported</source>
        <translation>对话已导出</translation>
    </message>
    <message>
        <source>Import a conversation</source>
        <translation>导入对话</translation>
    </message>
    <message>
        <source>Conversations that were exported as JSON</source>
        <translation>以 JSON 导出的对话</translation>
    </message>
    <message>
        <source>The conversation could not be imported</source>
        <translation>对话无法导入</translation>
    </message>
    <message>
        <source>Try another folder, or make room on the disk.</source>
        <translation>请换一个文件夹，或在磁盘上腾出空间。</translation>
    </message>
    <message>
        <source>The file is not there, or may not be read.</source>
        <translation>文件不存在或无法读取。</translation>
    </message>
    <message>
        <source>This is not a conversation that this program exported as JSON, or it was changed.</source>
        <translation>这不是本程序以 JSON 导出的对话，或者它已被改动。</translation>
    </message>
    <message>
        <source>(%1 frames, from %2 s to %3 s)</source>
        <translation>（%1 帧，第 %2 秒至第 %3 秒）</translation>
    </message>
</context>
<context>
    <name>xllm::ui::Tray</name>
    <message>
        <source>Show the window</source>
        <translation>显示窗口</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>X-LLM Desktop</source>
        <translation>X-LLM 桌面版</translation>
    </message>
    <message>
        <source>Close the microphone</source>
        <translation>关闭麦克风</translation>
    </message>
    <message>
        <source>X-LLM Desktop: the microphone is open</source>
        <translation>X-LLM 桌面版：麦克风已打开</translation>
    </message>
</context>
<context>
    <name>xllm::ui::VoiceControl</name>
    <message>
        <source>Way of talking, and the microphone</source>
        <translation>说话方式与麦克风</translation>
    </message>
</context>
<context>
    <name>xllm::ui::VoicePage</name>
    <message>
        <source>Talking</source>
        <translation>说话</translation>
    </message>
    <message>
        <source>Reading aloud</source>
        <translation>朗读</translation>
    </message>
</context>
<context>
    <name>xllm::ui::VoiceWorker</name>
    <message>
        <source>The voice of this computer does not answer. Is its sound switched on?</source>
        <translation>这台电脑的语音没有响应。声音是否已打开？</translation>
    </message>
    <message>
        <source>The voice of this computer stopped: %1 Check the loudspeakers in the system&apos;s settings, and try again.</source>
        <translation>这台电脑的语音已停止：%1 请在系统设置中检查扬声器，然后重试。</translation>
    </message>
    <message>
        <source>This computer has no voice for this language (%1). Add one in the system&apos;s settings of speech.</source>
        <translation>这台电脑没有该语言（%1）的语音。请在系统的语音设置中添加。</translation>
    </message>
</context>
</TS>
